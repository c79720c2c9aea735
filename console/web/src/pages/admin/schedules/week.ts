// A week as a grid: days by hours on the wall of one zone. The gateway writes times in that zone, so their digits are the
// wall's; nothing here converts a time of day.
import type { Session } from "./api";

export interface Day {
  /** As 2026-11-24. */
  date: string;
  /** Hours from midnight to midnight: 24, but for the days on which the clock changes. */
  hours: number;
}

/** A part of a row on one day, in minutes of the clock on the wall. */
export interface Bar {
  day: number;
  from: number;
  to: number;
  schedule: string;
  number: string;
  people: string[];
  start: string;
  end: string;
}

export interface Row {
  id: string;
  name: string;
  bars: Bar[];
}

const text = (d: Date) => d.toISOString().slice(0, 10);

/** The day so many days after one. */
export function later(date: string, days: number): string {
  const d = new Date(date + "T12:00:00Z");
  d.setUTCDate(d.getUTCDate() + days);
  return text(d);
}

/** The day that it is in a zone. */
export function today(zone: string, now: number): string {
  return new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short" }).format(now);
}

/** The Monday on or before a day. */
export function monday(date: string): string {
  return later(date, -((new Date(date + "T12:00:00Z").getUTCDay() + 6) % 7));
}

/** How far a zone is before UTC at a time, in ms. */
function offset(zone: string, at: number): number {
  const wall = new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "medium" }).format(at);
  return Date.parse(wall.replace(" ", "T") + "Z") - Math.floor(at / 1000) * 1000;
}

function midnight(zone: string, date: string): number {
  const guess = Date.parse(date + "T00:00:00Z");
  const first = guess - offset(zone, guess);
  return guess - offset(zone, first);
}

/** Seven days from one on. */
export function weekOf(first: string, zone: string): Day[] {
  return Array.from({ length: 7 }, (_, i) => {
    const date = later(first, i);
    return { date, hours: (midnight(zone, later(date, 1)) - midnight(zone, date)) / 3_600_000 };
  });
}

/** Minutes on the wall of a time that is written in its zone. */
export function onTheWall(time: string): { date: string; minute: number } {
  return { date: time.slice(0, 10), minute: Number(time.slice(11, 13)) * 60 + Number(time.slice(14, 16)) };
}

/** How a zone stands to UTC at a time, like GMT+1. */
export function zoneName(zone: string, at: number): string {
  return new Intl.DateTimeFormat("en-GB", { timeZone: zone, timeZoneName: "shortOffset" }).formatToParts(at).find((p) => p.type === "timeZoneName")?.value ?? zone;
}

/** Rows of sessions: one for each agent or team that has any; what several of a team have at one time is one bar. */
export function rowsOf(sessions: Session[], days: Day[], owner: (s: Session) => { id: string; name: string }): Row[] {
  const rows = new Map<string, Row & { at: Map<string, Bar> }>();
  for (const session of sessions) {
    const { id, name } = owner(session);
    const row = rows.get(id) ?? { id, name, bars: [], at: new Map<string, Bar>() };
    rows.set(id, row);
    for (const part of session.parts) {
      const [from, to] = [onTheWall(part.start), onTheWall(part.end)];
      days.forEach((day, i) => {
        if (day.date < from.date || day.date > to.date) return;
        const begin = day.date === from.date ? from.minute : 0;
        const end = day.date === to.date ? to.minute : 1440;
        if (end <= begin) return;
        const key = [i, begin, end, part.schedule].join();
        const bar = row.at.get(key);
        if (bar) {
          bar.people.push(session.name || session.agent);
          return;
        }
        const made = { day: i, from: begin, to: end, schedule: part.schedule, number: part.number ?? "", people: [session.name || session.agent], start: part.start, end: part.end };
        row.at.set(key, made);
        row.bars.push(made);
      });
    }
  }
  return [...rows.values()].sort((a, b) => a.name.localeCompare(b.name));
}
