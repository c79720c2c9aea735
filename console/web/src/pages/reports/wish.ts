// What the reader wants to see. It stands in the address, so that a report can be kept and sent: #/reports/handled?range=last7&team=support
import { count, days, day, ranges, type Range, zone } from "./range";

export const reports = ["status-time", "handled", "missed", "service-level", "switches"] as const;
export type Report = (typeof reports)[number];

export const intervals = ["whole", "15m", "hour", "day", "week", "month"] as const;
export type Interval = (typeof intervals)[number];

export const groups = ["agent", "queue", "agent,queue", "none"] as const;
export type Group = (typeof groups)[number];

export interface Wish {
  report: Report;
  range: Range;
  from: string;
  to: string;
  interval: Interval;
  by: Group;
  team: string;
  agent: string;
  queue: string;
  target: string;
  direction: "" | "phone" | "softphone";
}

function one<T extends string>(of: readonly T[], word: string | null, usual: T): T {
  return of.find((w) => w === word) ?? usual;
}

/** What rows a report has unless the reader says otherwise. */
export function usualGroup(report: Report): Group {
  return report === "service-level" ? "queue" : "agent";
}

/** Reads the address. What is no such thing is as if it were not there. */
export function read(rest: string, allowed: readonly Report[] = reports): Wish {
  const [path = "", query = ""] = rest.split("?");
  const q = new URLSearchParams(query);
  const report = one(allowed, path, allowed[0] ?? "handled");
  const isDay = (text: string | null) => (text && /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text)) ? text : "");
  const range = one(ranges, q.get("range"), "last7");
  const [from, to] = [isDay(q.get("from")), isDay(q.get("to"))];
  const span = range === "custom" && from && to ? { from, to } : days(range === "custom" ? "last7" : range);
  return {
    report,
    range: range === "custom" && !(from && to) ? "last7" : range,
    ...span,
    interval: one(intervals, q.get("interval"), "whole"),
    by: one(groups, q.get("by"), usualGroup(report)),
    team: q.get("team") ?? "",
    agent: q.get("agent") ?? "",
    queue: q.get("queue") ?? "",
    target: /^\d{1,5}$/.test(q.get("target") ?? "") ? (q.get("target") ?? "") : "",
    direction: one(["", "phone", "softphone"] as const, q.get("direction"), ""),
  };
}

/** Writes the address; what is as usual is left out. */
export function write(w: Wish): string {
  const q = new URLSearchParams();
  q.set("range", w.range);
  if (w.range === "custom") {
    q.set("from", w.from);
    q.set("to", w.to);
  }
  if (w.interval !== "whole") q.set("interval", w.interval);
  if (w.by !== usualGroup(w.report)) q.set("by", w.by);
  for (const key of ["team", "agent", "queue", "target", "direction"] as const) if (w[key]) q.set(key, w[key]);
  return `${w.report}?${q}`;
}

/** The question to the gateway. */
export function question(w: Wish, extra: Record<string, string> = {}): string {
  const q = new URLSearchParams({ from: w.from, to: w.to, tz: zone });
  if (w.team) q.set("team", w.team);
  if (w.agent && w.report !== "service-level") q.set("agent", w.agent);
  if (w.queue && ["handled", "missed", "service-level"].includes(w.report)) q.set("queue", w.queue);
  if (w.target && w.report === "service-level") q.set("target", w.target);
  if (w.direction && w.report === "switches") q.set("direction", w.direction);
  for (const [key, value] of Object.entries(extra)) q.set(key, value);
  return q.toString();
}

/** The rows of the table, in the words of the gateway. */
export function rowsOf(w: Wish): Record<string, string> {
  const by = w.report === "service-level" && w.by !== "none" ? "queue" : w.by;
  return { interval: w.interval, by };
}

/** How fine a chart over the time of a wish is. */
export function grain(w: Wish): Interval {
  const n = count(w.from, w.to);
  return n <= 2 ? "hour" : n <= 62 ? "day" : n <= 200 ? "week" : "month";
}

/** Every interval between the days of a wish, as the gateway names those in which something happened. */
export function steps(w: Wish, interval: Interval): Date[] {
  const [y = 0, m = 1, d = 1] = w.from.split("-").map(Number);
  const all: Date[] = [];
  const end = new Date(`${w.to}T23:59:59`);
  for (let n = 0; n < 2000; n++) {
    let at: Date;
    if (interval === "hour") at = new Date(new Date(y, m - 1, d).getTime() + n * 3_600_000);
    else if (interval === "day") at = new Date(y, m - 1, d + n);
    else if (interval === "week") at = new Date(y, m - 1, d - ((new Date(y, m - 1, d).getDay() + 6) % 7) + 7 * n);
    else at = new Date(y, m - 1 + n, 1);
    if (at > end || at > new Date()) break;
    all.push(at);
  }
  return all;
}

/** What the gateway calls an interval. */
export function named(at: Date, interval: Interval): string | number {
  return interval === "hour" ? at.getTime() : day(at);
}
