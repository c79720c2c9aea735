import { SvelteMap } from "svelte/reactivity";
import { type Agent, type Alarm, api, type Call, type Change, type MassSwitch, type Queue, Refused, type Switch, type Told } from "./api";
import { clock } from "./clock.svelte";
import { openStream, type StreamEvent } from "./stream";
import { t } from "../strings";

/** What the page knows of the floor: a copy of what the gateway shows, kept up to date by its events. */
export class Floor {
  agents = new SvelteMap<string, Agent>();
  calls = new SvelteMap<string, Call>();
  queues = new SvelteMap<string, Queue>();
  /** Switches of several agents that the page was told of. */
  switches = new SvelteMap<string, MassSwitch>();
  alarms = $state<Alarm[]>([]);
  /** What others did to somebody's call, the newest last. */
  told = $state<Told[]>([]);
  loaded = $state(false);
  live = $state(false);
  /** When the stream was last known to stand, ms of the gateway's clock. */
  seen = $state(0);
  error = $state("");

  #pending: StreamEvent[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #reading = false;
  #again = false;
  #close: () => void;

  constructor(ended: () => void) {
    this.#close = openStream({
      ended,
      event: (e) => this.#take(e),
      state: (live) => {
        if (this.live && !live) this.seen = clock.now;
        this.live = live;
      },
    });
  }

  /** What an agent is called; who is none, or is not seen, is called as the gateway names him. */
  nameOf(id: string): string {
    return this.agents.get(id)?.name ?? id;
  }

  close() {
    this.#close();
    clearTimeout(this.#timer);
  }

  // Events are applied together, a few times a second: a busy floor must not repaint for each of them.
  #take(e: StreamEvent) {
    if (e.name === "ready" || e.name === "resync") {
      this.#pending = [];
      void this.#readAll();
      return;
    }
    this.#pending.push(e);
    this.#timer ??= setTimeout(() => this.#flush(), 60);
  }

  #flush() {
    this.#timer = undefined;
    if (this.#reading) return; // what came meanwhile is applied on top of what is being read
    const events = this.#pending;
    this.#pending = [];
    for (const e of events) this.#apply(e);
  }

  async #readAll() {
    if (this.#reading) {
      this.#again = true;
      return;
    }
    this.#reading = true;
    try {
      const sent = Date.now();
      const agents = await api.agents();
      clock.measure(agents.now, sent, Date.now());
      const [calls, queues, alarms] = await Promise.all([api.calls(), api.queues(), api.alarms()]);
      replace(this.agents, agents.agents, (a) => a.id);
      replace(this.calls, calls.calls, (c) => c.id);
      replace(this.queues, queues.queues, (q) => q.name);
      this.alarms = alarms.alarms;
      this.loaded = true;
      this.error = "";
    } catch (e) {
      if (!(e instanceof Refused && e.status === 401)) {
        this.error = e instanceof Error ? e.message : String(e);
        setTimeout(() => void this.#readAll(), 500);
      }
    } finally {
      this.#reading = false;
      this.#flush();
      if (this.#again) {
        this.#again = false;
        void this.#readAll();
      }
    }
  }

  #apply(e: StreamEvent) {
    switch (e.name) {
      case "agent.changed": {
        const a = e.data as Agent;
        this.agents.set(a.id, a);
        break;
      }
      case "call.changed": {
        const c = e.data as Call;
        this.calls.set(c.id, c);
        break;
      }
      case "call.ended":
      case "call.left":
        this.calls.delete((e.data as { id: string }).id);
        break;
      case "queue.changed": {
        const q = e.data as Queue;
        this.queues.set(q.name, q);
        break;
      }
      case "switches.changed": {
        const s = e.data as MassSwitch;
        this.switches.set(s.id, s);
        if (this.switches.size > 100) this.switches.delete(this.switches.keys().next().value ?? "");
        break;
      }
      case "switch.begun":
      case "switch.done":
      case "switch.failed":
        this.#noteSwitch(e.name, e.data as Switch);
        break;
      case "alarm.raised":
        this.alarms = [...this.alarms.filter((a) => !same(a, e.data as Alarm)), e.data as Alarm];
        break;
      case "agent.told":
        this.told = [...this.told.slice(-20), e.data as Told];
        break;
      case "entry.changed": {
        const { kind, name, gone } = e.data as Change;
        if (gone && kind === "agent") this.agents.delete(name);
        if (gone && kind === "queue") this.queues.delete(name);
        break;
      }
      case "alarm.cleared":
        this.alarms = this.alarms.filter((a) => !same(a, e.data as Alarm));
        break;
    }
  }

  #noteSwitch(name: string, s: Switch) {
    const a = this.agents.get(s.agent);
    if (!a) return;
    const { switching: _, ...rest } = a;
    this.agents.set(a.id, name === "switch.begun" ? { ...a, switching: s } : { ...rest, last_switch: s });
  }
}

function same(a: Alarm, b: Alarm) {
  return a.code === b.code && a.subject === b.subject;
}

function replace<V>(map: SvelteMap<string, V>, values: V[], key: (v: V) => string) {
  const keep = new Set(values.map(key));
  for (const k of [...map.keys()]) if (!keep.has(k)) map.delete(k);
  for (const v of values) map.set(key(v), v);
}

/** Whether an agent is signed on but cannot be rung: nothing can be offered to him. */
export function noPhone(a: Agent): boolean {
  return a.reachable === "unreachable" && a.status !== "offline";
}

/** What is shown for an agent: his status, or that he is cut off, which supervisors must see first. */
export function shownStatus(a: Agent): string {
  return a.activity === "cut_off" ? "cut_off" : a.status;
}

/** How the other side of a call is called. */
export function customerOf(call: Call | undefined): string {
  return call?.from.name || call?.from.number || t.call.withheld;
}
