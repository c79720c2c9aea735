import type { Agent } from "../../lib/api";
import { noPhone, shownStatus } from "../../lib/floor.svelte";

/** Which agents are shown and in what order; it stands in the address, so that it can be kept and sent on. */
export interface Filters {
  words: string;
  /** A status, or telagents or no_phone. */
  only: string;
  team: string;
  office: string;
  queue: string;
  order: string;
  down: boolean;
}

const none: Filters = { words: "", only: "", team: "", office: "", queue: "", order: "name", down: false };
const names: [keyof Omit<Filters, "down">, string][] = [
  ["words", "text"], ["only", "status"], ["team", "team"], ["office", "office"], ["queue", "queue"], ["order", "order"],
];

/** Reads what stands in the address. */
export function readFilters(rest: string): Filters {
  const given = new URLSearchParams(rest);
  const filters = { ...none, down: given.has("down") };
  for (const [field, name] of names) filters[field] = given.get(name) ?? none[field];
  return filters;
}

/** Writes it for the address; nothing, where nothing is filtered. */
export function writeFilters(filters: Filters): string {
  const given = new URLSearchParams();
  for (const [field, name] of names) if (filters[field] !== none[field]) given.set(name, filters[field]);
  if (filters.down) given.set("down", "1");
  return given.toString();
}

/** Whether some agents may be left out. */
export function filtered(f: Filters): boolean {
  return Boolean(f.words || f.only || f.team || f.office || f.queue);
}

/** Says of each agent whether he is shown. */
export function fits(f: Filters): (a: Agent) => boolean {
  const words = f.words.toLowerCase().split(/\s+/).filter(Boolean);
  return (a) =>
    fitsStatus(a, f.only) &&
    (!f.team || a.team === f.team) &&
    (!f.office || a.offices.includes(f.office)) &&
    (!f.queue || f.queue in a.queues) &&
    (words.length === 0 || fitsWords(a, words));
}

function fitsStatus(a: Agent, only: string): boolean {
  switch (only) {
    case "":
      return true;
    case "telagents":
      return a.reach === "phone";
    case "no_phone":
      return noPhone(a);
    case "in_line":
      return a.status === "in_line";
    case "available": // who cannot be rung is not counted
      return a.status === "available" && !noPhone(a);
    default:
      return shownStatus(a) === only;
  }
}

function fitsWords(a: Agent, all: string[]): boolean {
  const text = [a.id, a.name, a.team, a.device, a.site, a.customer?.name, a.customer?.number, ...a.numbers, ...Object.keys(a.queues)].join(" ").toLowerCase();
  return all.every((w) => text.includes(w));
}
