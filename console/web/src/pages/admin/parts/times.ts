import { t } from "../../../strings";
import { duration } from "../../../lib/format";

const day = 86_400_000;

/** How long ago something was: 0:07, 1:02:03, or in days from two on. */
export function age(at: string | number, now: number): string {
  return span(now - (typeof at === "number" ? at : Date.parse(at)));
}

/** How long something lasts still. */
export function rest(at: string, now: number): string {
  return span(Date.parse(at) - now);
}

function span(ms: number): string {
  return ms >= 2 * day ? t.admin.days(Math.floor(ms / day)) : duration(ms);
}

/** A day and a time, as the reader's own clock and calendar write it. */
export function moment(at: string): string {
  return new Date(at).toLocaleString(undefined, { day: "2-digit", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit" });
}

/** Seconds in words that are short: 45 s, 10 min, 4 h. */
export function seconds(s: number): string {
  if (s >= 3600 && s % 3600 === 0) return `${s / 3600} h`;
  if (s >= 60 && s % 60 === 0) return `${s / 60} min`;
  return `${s} s`;
}
