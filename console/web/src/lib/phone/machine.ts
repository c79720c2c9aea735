// How a call on this phone goes on, apart from what carries it out. Pure.

import type { Phase, PhoneCall } from "./types";

/** What happened to a call. */
export type Turn =
  | { is: "taken" } // here, by a click or by itself
  | { is: "refused" } // it could not be taken: no microphone
  | { is: "up" }
  | { is: "held"; here: boolean }
  | { is: "resumed"; here: boolean }
  | { is: "muted"; on: boolean };

const next: Record<Turn["is"], Partial<Record<Phase, Phase>>> = {
  taken: { ringing: "answering" },
  refused: { answering: "ringing" },
  up: { answering: "talking", dialling: "talking", ringing: "talking" },
  held: { talking: "held" },
  resumed: { held: "talking" },
  muted: {},
};

/** The call after a turn; the same one if that says nothing about it. */
export function after(call: PhoneCall, turn: Turn, now: number): PhoneCall {
  if (turn.is === "muted") return call.muted === turn.on ? call : { ...call, muted: turn.on };
  if ((turn.is === "held" || turn.is === "resumed") && !turn.here) return { ...call, waits: turn.is === "held" };
  const phase = next[turn.is][call.phase];
  return phase ? { ...call, phase, since: now } : call;
}

/** The call that matters: the one that is up, else the one that is on its way, else the one that rings. */
export function foremost(calls: PhoneCall[]): PhoneCall | null {
  for (const phases of [["talking", "held"], ["answering", "dialling"], ["ringing"]] as Phase[][]) {
    const found = calls.find((c) => phases.includes(c.phase));
    if (found) return found;
  }
  return null;
}

/** Whether a call has anybody to talk to. */
export function isUp(call: PhoneCall | null | undefined): boolean {
  return call?.phase === "talking" || call?.phase === "held";
}
