import { SvelteMap, SvelteSet } from "svelte/reactivity";
import type { components } from "../../api.gen";
import { type Agent, api, ask } from "../../lib/api";

type Schemas = components["schemas"];
type Phone = Schemas["Phone"];

/** How the audio of an agent's leg fares now, the worse of both directions. */
export interface Audio {
  mos?: number | undefined;
  loss?: number | undefined; // percent
  jitter?: number | undefined; // ms
  trip?: number | undefined; // ms
}

const pause = 10_000; // ms between looks

/** What no event tells: signs of life of the phones, and how the audio fares. Asked for while the page is looked at. */
export class Health {
  /** Contacts by address of record. */
  phones = new SvelteMap<string, Phone[]>();
  /** Addresses of record of which a sign of life is overdue. */
  missed = new SvelteSet<string>();
  /** How the audio fares, by agent. */
  audio = new SvelteMap<string, Audio>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  constructor() {
    void this.#look();
  }

  close() {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  /** The contacts of an agent's softphone and desk phone. */
  of(a: Agent): Phone[] {
    return [...(this.phones.get(a.id) ?? []), ...(a.desk_phone ? (this.phones.get(a.desk_phone) ?? []) : [])];
  }

  #take(phones: Phone[]) {
    const of = new Map<string, Phone[]>();
    for (const p of phones) of.set(p.aor, [...(of.get(p.aor) ?? []), p]);
    fill(this.phones, of);
    for (const [aor, contacts] of of) {
      if (contacts.some((p) => p.missed?.length)) this.missed.add(aor);
      else this.missed.delete(aor);
    }
    for (const aor of [...this.missed]) if (!of.has(aor)) this.missed.delete(aor);
  }

  async #look() {
    if (document.visibilityState === "visible") {
      const [phones, calls] = await Promise.allSettled([ask<{ phones: Phone[] }>("GET", "/phones"), api.calls()]);
      if (this.#closed) return;
      if (phones.status === "fulfilled") this.#take(phones.value.phones);
      if (calls.status === "fulfilled") {
        const legs = calls.value.calls.flatMap((c) => c.legs).filter((l) => l.agent && l.quality && l.state !== "silent"); // of silence nothing is judged
        fill(this.audio, new Map(legs.map((l) => [l.agent ?? "", audioOf(l.quality)])));
      }
    }
    if (!this.#closed) this.#timer = setTimeout(() => void this.#look(), pause);
  }
}

/** Only what changed is written: a row draws itself anew for nothing less. */
function fill<V>(map: SvelteMap<string, V>, now: Map<string, V>) {
  for (const k of [...map.keys()]) if (!now.has(k)) map.delete(k);
  for (const [k, v] of now) if (JSON.stringify(map.get(k)) !== JSON.stringify(v)) map.set(k, v);
}

function audioOf(q: Schemas["Quality"] | undefined): Audio {
  const worst = (of: "mos" | "loss_percent" | "jitter_ms", pick: (...n: number[]) => number) => {
    const known = [q?.received[of], q?.sent[of]].filter((n) => n !== undefined);
    return known.length ? pick(...known) : undefined;
  };
  return { mos: worst("mos", Math.min), loss: worst("loss_percent", Math.max), jitter: worst("jitter_ms", Math.max), trip: q?.round_trip_ms };
}

/** How people would judge it: the steps of ITU-T G.109, best to poor. */
export function judged(mos: number): "good" | "fair" | "poor" {
  return mos >= 4 ? "good" : mos >= 3.6 ? "fair" : "poor";
}
