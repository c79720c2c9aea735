import type { Agent } from "../../lib/api";
import { shownStatus } from "../../lib/floor.svelte";
import { deviceOf } from "./device";

const urgency = ["cut_off", "ringing", "in_line", "acw", "available", "not_ready", "on_break", "away", "offline"];
const collator = new Intl.Collator(undefined, { numeric: true });
const text = (of: (a: Agent) => string | undefined) => (a: Agent, b: Agent) => {
  const [x, y] = [of(a) ?? "", of(b) ?? ""];
  return x && y ? collator.compare(x, y) : Number(!x) - Number(!y); // who has none comes last
};
const byName = (a: Agent, b: Agent) => collator.compare(a.name, b.name) || collator.compare(a.id, b.id);

/** How each column orders the agents. */
export function comparing(order: string, vocabulary: string): (a: Agent, b: Agent) => number {
  const orders: Record<string, (a: Agent, b: Agent) => number> = {
    name: byName,
    team: text((a) => a.team),
    status: (a, b) => urgency.indexOf(shownStatus(a)) - urgency.indexOf(shownStatus(b)),
    time: (a, b) => Date.parse(a.since) - Date.parse(b.since),
    words: text((a) => a.words[vocabulary]),
    profile: text((a) => a.profile),
    offices: text((a) => a.offices.join(" ")),
    device: text(deviceOf),
    call: text((a) => (a.call ? a.customer?.name || a.customer?.number || "~" : "")),
    switch: (a, b) => switched(b) - switched(a),
  };
  return orders[order] ?? byName;
}

/** The agents in order: by a column, and where that says nothing by name. */
export function sorted(agents: Agent[], order: string, down: boolean, vocabulary: string): Agent[] {
  const compare = comparing(order, vocabulary);
  return agents.sort((a, b) => (down ? -1 : 1) * compare(a, b) || byName(a, b));
}

/** When an agent's switch was: one under way is the newest. */
function switched(a: Agent): number {
  return a.switching ? Infinity : a.last_switch ? Date.parse(a.last_switch.began) : 0;
}

const rest = 15_000; // ms without a move after which nobody seems to be pointing any more

/** Holds the order while somebody points at a row or has the keyboard there: rows must not jump under his hand. */
export class Hold {
  on = $state(false);
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Somebody moves there. */
  begin() {
    if (!this.on) this.on = true;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.end(), rest);
  }

  end() {
    this.on = false;
    clearTimeout(this.#timer);
  }
}

/** The rows as they stand, each with what is known of its agent now; new ones are put at the end. */
export function held(standing: string[], all: ReadonlyMap<string, Agent>, next: Agent[]): Agent[] {
  const there = new Set(standing);
  const rows = standing.map((id) => all.get(id)).filter((a) => a !== undefined);
  return [...rows, ...next.filter((a) => !there.has(a.id))];
}
