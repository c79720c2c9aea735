import { t } from "../../strings";
import type { Ladder, Leg } from "./api";

/** Who a leg is, in a few words. */
export function nameOf(leg: Pick<Leg, "seat" | "agent" | "device" | "target">, agents: (id: string) => string): string {
  const who = leg.agent ? agents(leg.agent) : "";
  if (leg.seat === "customer" || !who) return leg.target || t.calls.legs.customer;
  if (leg.device === "softphone") return t.calls.legs.softphone(who);
  if (leg.device === "desk") return t.calls.legs.desk(who);
  return t.calls.legs.phone(who, leg.target);
}

/** Where a leg comes from or goes to: the trunk, or the address. */
export function wayOf(leg: Pick<Leg, "trunk" | "peer">): string {
  return [leg.trunk ? t.calls.legs.by(leg.trunk) : "", leg.peer ?? ""].filter(Boolean).join(" · ");
}

/** Where a time stands in a call: minutes and seconds since it began, with as many parts of a second as asked for. */
export function since(ladder: Pick<Ladder, "began">, at: string, digits = 0): string {
  const ms = Math.max(0, Date.parse(at) - Date.parse(ladder.began));
  const s = Math.floor(ms / 1000);
  const whole = `${Math.floor(s / 60)}:${String(s % 60).padStart(2, "0")}`;
  return digits ? `${whole}.${String(Math.floor(ms % 1000)).padStart(3, "0").slice(0, digits)}` : whole;
}

/** Milliseconds for people; empty: not measured. */
export function ms(v: number | undefined): string {
  return v === undefined ? "" : v >= 1000 ? `${(v / 1000).toFixed(1)} s` : `${v < 10 ? v.toFixed(1) : Math.round(v)} ms`;
}

export const percent = (v: number | undefined) => (v === undefined ? "" : `${v} %`);
