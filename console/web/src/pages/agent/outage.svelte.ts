import type { Agent } from "../../lib/api";
import { clock } from "../../lib/clock.svelte";
import { timeOfDay } from "../../lib/format";
import { t } from "../../strings";
import { desk } from "./api";
import { deviceName } from "./level";

/** The page is cut off from the gateway: what was true at that moment, and what turned out when it was over. */
export class Outage {
  /** Since when, ms of the gateway's clock; 0: it is not. */
  since = $state(0);
  before = $state.raw<Agent | null>(null);
  /** What happened meanwhile, in sentences; none: nothing to tell. */
  after = $state.raw<string[]>([]);

  begin(a: Agent | undefined) {
    if (this.since || !a) return;
    this.since = clock.now;
    this.before = a;
    this.after = [];
  }

  async end(id: string) {
    const { since, before } = this;
    if (!since || !before) return;
    this.since = 0;
    try {
      this.after = [t.agent.gone.was(timeOfDay(since), timeOfDay(clock.now)), ...whatHappened(before, await desk.agent(id))];
    } catch {
      this.begin(before); // it is not over
      this.since = since;
    }
  }
}

function whatHappened(before: Agent, now: Agent): string[] {
  const w = t.agent.gone;
  const said: string[] = [];
  if (before.call) said.push(now.call === before.call ? w.callWent : w.callOver);
  if (now.reach === "phone" && (before.reach !== "phone" || before.device !== now.device)) {
    said.push(w.moved(deviceName(now.device, { softphone: t.device.softphone, desk: t.device.desk })));
  }
  if (now.status !== before.status) said.push(w.status(now.status, now.changed_by === now.id ? undefined : now.changed_by));
  return said.length ? said : [w.nothing];
}

/** What becomes of the agent's calls without his softphone, as was known before it went (all of it is the gateway's to decide). */
export function forecast(a: Agent, gone: number): string[] {
  const w = t.agent.gone;
  const device = deviceName(a.device, { softphone: t.device.softphone, desk: t.device.desk });
  if (a.reach === "phone") return [w.onPhone(device)];
  const to = a.fallback?.number ?? "";
  if (!a.call) return [a.fallback?.automatic && to ? w.noCallMoves(to) : to ? w.noCallPhone(to) : w.noCall];
  const left = Math.ceil((a.fallback?.after_s ?? 0) - gone / 1000);
  const when = left > 0 ? w.in(left) : "";
  if (!to) return [w.queue(when)];
  if (!a.fallback?.automatic) return [w.asks(to, when)];
  if (left <= 0) return [w.movesNow(to)];
  return [a.fallback.device === "desk" ? w.desk(to, when) : w.moves(to, when)];
}
