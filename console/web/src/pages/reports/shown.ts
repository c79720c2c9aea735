// How the figures of reports are read.
import type { Floor } from "../../lib/floor.svelte";
import { duration } from "../../lib/format";
import type { Column } from "../../lib/Table.svelte";
import { t } from "../../strings";
import { grain, named, steps, type Wish } from "./wish";

export const seconds = (s: number) => duration(Math.round(s) * 1000);
export const hours = (s: number) => `${Math.floor(s / 3600)}:${String(Math.floor((s % 3600) / 60)).padStart(2, "0")} h`;
export const percent = (share: number | undefined) => (share === undefined ? t.reports.none : `${(share * 100).toFixed(1)} %`);
export const average = (s: number, of: number) => (of > 0 ? seconds(s) : t.reports.none);

/** An agent's name; of who is gone, the id. */
export const nameOf = (floor: Floor, id: string) => floor.agents.get(id)?.name ?? id;

/** The beginning of an interval: a day, or a time. */
export function moment(label: string): string {
  if (!label.includes("T")) return new Date(`${label}T12:00:00`).toLocaleDateString(undefined, { weekday: "short", day: "2-digit", month: "short", year: "numeric" });
  return new Date(label).toLocaleString(undefined, { weekday: "short", day: "2-digit", month: "short", hour: "2-digit", minute: "2-digit" });
}

interface Key {
  interval?: string;
  agent?: string;
  queue?: string;
}

export const keyOf = (row: Key) => `${row.interval ?? ""}|${row.agent ?? ""}|${row.queue ?? ""}`;

/** The columns that say what a row is about. The first one names the sums. */
export function keyColumns<R extends Key>(floor: Floor, by: string, interval: string, total: () => R | undefined): Column<R>[] {
  const columns: Column<R>[] = [];
  const add = (key: keyof Key, title: string, text: (row: R) => string, sort?: (a: R, b: R) => number) => {
    const first = columns.length === 0;
    columns.push({ key, title, nowrap: key === "interval", text: (row) => (row === total() ? (first ? t.reports.total : "") : text(row)), ...(sort ? { sort } : {}) });
  };
  if (interval !== "whole") add("interval", t.reports.interval, (row) => moment(row.interval ?? ""), (a, b) => Date.parse(a.interval ?? "") - Date.parse(b.interval ?? ""));
  if (by.includes("agent")) add("agent", t.reports.agent, (row) => nameOf(floor, row.agent ?? ""));
  if (by.includes("queue")) add("queue", t.reports.queue, (row) => row.queue || t.reports.none);
  if (columns.length === 0) columns.push({ key: "all", title: t.reports.allTeams, text: () => t.reports.total, sort: false });
  return columns;
}

/** A column of a figure. */
export function figure<R>(key: string, title: string, value: (row: R) => number | undefined, text: (n: number, row: R) => string = String): Column<R> {
  return { key, title, end: true, text: (row) => { const n = value(row); return n === undefined ? t.reports.none : text(n, row); }, sort: (a, b) => (value(a) ?? -1) - (value(b) ?? -1) };
}

/** The rows of a chart over the time of a wish, with those in which nothing happened. */
export function overTime<R extends Key>(wish: Wish, rows: R[]): { labels: string[]; axis: string[]; rows: (R | undefined)[] } {
  const interval = grain(wish);
  const found = new Map(rows.map((row) => [interval === "hour" ? Date.parse(row.interval ?? "") : (row.interval ?? ""), row]));
  const all = steps(wish, interval);
  const short: Intl.DateTimeFormatOptions =
    interval === "hour" ? { hour: "2-digit", minute: "2-digit" } : interval === "month" ? { month: "short", year: "2-digit" } : { day: "numeric", month: "short" };
  return {
    labels: all.map((at) => (interval === "hour" ? at.toLocaleString(undefined, { day: "2-digit", month: "short", hour: "2-digit", minute: "2-digit" }) : at.toLocaleDateString(undefined, { weekday: "short", day: "2-digit", month: "short" }))),
    axis: all.map((at) => at.toLocaleString(undefined, short)),
    rows: all.map((at) => found.get(named(at, interval))),
  };
}

/** Colours of causes and other kinds, in the order in which they are given. */
export const tones = ["busy", "warn", "after", "pause", "bad", "good", "calm", "accent"];
