import type { components } from "../../../api.gen";
import { ask } from "../../../lib/api";
import { t } from "../../../strings";
import type { Entry } from "../entry/fields";
import type { Kind } from "../entry/kind";

type Schemas = components["schemas"];
export type Schedule = Schemas["Schedule"];
export type Session = Schemas["Session"];

export const schedules = {
  list: async () => (await ask<{ schedules: Schedule[] }>("GET", "/schedules")).schedules,
  /** Sessions of some days, written in the time of a zone. from and to are days. */
  calendar: (from: string, to: string, zone: string) =>
    ask<{ sessions: Session[] }>("GET", `/schedules/calendar?${new URLSearchParams({ from, to, zone })}`).then((a) => a.sessions),
  drop: (name: string, guard: Record<string, string>) => ask<void>("DELETE", `/schedules/${encodeURIComponent(name)}`, undefined, guard),
};

export const dayWords = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/** The days of a text like mon-fri or sat,sun. */
export function daysOf(text: string): string[] {
  if (text === "daily") return dayWords;
  return text.split(",").flatMap((part) => {
    const [first = "", last = first] = part.split("-");
    const [from, to] = [dayWords.indexOf(first), dayWords.indexOf(last)];
    return from <= to ? dayWords.slice(from, to + 1) : [...dayWords.slice(from), ...dayWords.slice(0, to + 1)];
  });
}

const minutes = (clock: string) => Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3, 5));

/** The end by the clock of a schedule. */
export function endOf(s: { start: string; length_min: number }): string {
  const at = (minutes(s.start) + s.length_min) % 1440;
  return `${String(Math.floor(at / 60)).padStart(2, "0")}:${String(at % 60).padStart(2, "0")}`;
}

const words = t.schedules.fields;

/** How a schedule is edited: days are ticked, and its length is an end on the clock. */
export function scheduleKind(agents: { value: string; label: string }[], zones: string[], zone: string): Kind {
  return {
    word: t.schedules.word,
    pattern: "[^\\/]+",
    fresh: { days: dayWords.slice(0, 5), start: "08:00", end: "16:00", zone, from: new Date().toLocaleDateString("sv-SE"), members: [] },
    fields: () => [
      { path: "days", label: words.days, kind: "checks", wide: true, options: dayWords.map((d) => ({ value: d, label: t.schedules.days[d] ?? d })) },
      { path: "start", label: words.start, kind: "time", required: true },
      { path: "end", label: words.end, hint: words.endHint, kind: "time", required: true },
      { path: "from", label: words.from, kind: "date", required: true },
      { path: "to", label: words.to, hint: words.toHint, kind: "date" },
      { path: "zone", label: words.zone, hint: words.zoneHint, kind: "text", names: zones, max: 64 },
      { path: "members", label: words.members, kind: "members", options: agents },
    ],
    read: async (name) => {
      const s = (await schedules.list()).find((one) => one.name === name);
      if (!s) throw new Error(t.schedules.list.none);
      return { ...s, days: daysOf(s.days), end: endOf(s), members: s.members.map((m) => `${m.agent} ${m.number ?? ""}`.trim()) } as unknown as Entry;
    },
    write: (name, e, guard) => {
      const { days, start, end, from, to, zone: at, members } = e as { days?: string[]; start: string; end: string; from: string; to?: string; zone?: string; members?: string[] };
      if (!days?.length) throw new Error(words.noDay);
      if (!members?.length) throw new Error(words.noMember);
      const length_min = (minutes(end) - minutes(start) + 1440) % 1440 || 1440;
      const people = members.map((m) => {
        const [agent = "", ...number] = m.split(" ");
        return number.length ? { agent, number: number.join(" ") } : { agent };
      });
      return ask("PUT", `/schedules/${encodeURIComponent(name)}`, { from, ...(to ? { to } : {}), ...(at ? { zone: at } : {}), days: days.join(","), start, length_min, members: people }, guard);
    },
  };
}
