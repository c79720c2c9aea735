// How an entry of what people set up is edited: each field has a place in the entry (a path like hours.zone) and a kind. What
// the form does not know stays in the entry as it was.
import { t } from "../../../strings";

export interface FieldSpec {
  path: string;
  label: string;
  hint?: string;
  /** list: one per line; levels: a number for each of names; checks: some of options; secret: written and never read; members:
      people of options, each with a number or none, as "ana +4930…". */
  kind: "text" | "number" | "toggle" | "select" | "list" | "levels" | "checks" | "secret" | "members" | "time" | "date";
  options?: { value: string; label: string }[];
  /** Of levels: what has one; of text and list: what is offered. */
  names?: string[];
  min?: number;
  max?: number;
  wide?: boolean;
  required?: boolean;
  /** Of toggle: false is written too, not left out. Of list: an empty one is. */
  explicit?: boolean;
  /** Heading that stands before it. */
  group?: string;
}

export type Value = string | boolean | string[] | Record<string, string>;
export type Draft = Record<string, Value>;
export type Entry = Record<string, unknown>;

function at(entry: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>((of, key) => (of && typeof of === "object" ? (of as Entry)[key] : undefined), entry);
}

function put(entry: Entry, path: string, value: unknown) {
  const keys = path.split(".");
  const last = keys.pop() as string;
  let of = entry;
  for (const key of keys) of = (of[key] = { ...(of[key] as Entry | undefined) }) as Entry;
  if (value === undefined) delete of[last];
  else of[last] = value;
}

/** What the form shows of an entry. */
export function toDraft(specs: FieldSpec[], entry: Entry): Draft {
  const draft: Draft = {};
  for (const spec of specs) {
    const value = at(entry, spec.path);
    switch (spec.kind) {
      case "toggle":
        draft[spec.path] = value === true;
        break;
      case "list":
        draft[spec.path] = ((value as string[] | undefined) ?? []).join("\n");
        break;
      case "checks":
      case "members":
        draft[spec.path] = [...((value as string[] | undefined) ?? [])];
        break;
      case "levels":
        draft[spec.path] = Object.fromEntries(Object.entries((value as Record<string, number> | undefined) ?? {}).map(([k, v]) => [k, String(v)]));
        break;
      case "secret":
        draft[spec.path] = "";
        break;
      default:
        draft[spec.path] = value === undefined ? "" : String(value);
    }
  }
  return draft;
}

function written(spec: FieldSpec, value: Value | undefined): unknown {
  switch (spec.kind) {
    case "toggle":
      return value === true || spec.explicit ? value === true : undefined;
    case "list": {
      const lines = String(value ?? "").split("\n").map((line) => line.trim()).filter(Boolean);
      return lines.length || spec.explicit ? lines : undefined;
    }
    case "checks":
    case "members":
      return (value as string[]).length ? value : undefined;
    case "levels": {
      const levels = Object.entries(value as Record<string, string | number>).filter(([, v]) => String(v ?? "").trim() !== "").map(([k, v]) => [k, Number(v)] as const);
      return levels.length ? Object.fromEntries(levels) : undefined;
    }
    case "number":
      return String(value ?? "").trim() === "" ? undefined : Number(value);
    default:
      return String(value ?? "").trim() === "" ? undefined : String(value).trim();
  }
}

/** The entry that a draft makes of one. */
export function fromDraft(specs: FieldSpec[], draft: Draft, entry: Entry): Entry {
  const made: Entry = { ...entry };
  for (const spec of specs) put(made, spec.path, written(spec, draft[spec.path]));
  prune(made);
  return made;
}

/** Takes parts away in which nothing is left. */
function prune(entry: Entry) {
  for (const [key, value] of Object.entries(entry)) {
    if (!value || typeof value !== "object" || Array.isArray(value)) continue;
    prune(value as Entry);
    if (Object.keys(value).length === 0) delete entry[key];
  }
}

/** A value in words, for comparing. */
export function inWords(spec: FieldSpec, value: Value | undefined): string {
  switch (spec.kind) {
    case "toggle":
      return value === true ? t.admin.yes : t.admin.no;
    case "levels":
      return Object.entries(value as Record<string, string>).filter(([, v]) => String(v ?? "") !== "").sort().map(([k, v]) => `${k}: ${v}`).join(", ");
    case "checks":
    case "members":
      return [...(value as string[])].sort().join(", ");
    case "select":
      return spec.options?.find((o) => o.value === value)?.label ?? String(value ?? "");
    case "secret":
      return value ? "••••" : "";
    default:
      return String(value ?? "").trim().split("\n").map((line) => line.trim()).filter(Boolean).join(", ");
  }
}

/** The fields in which two drafts differ. A secret is in nobody's but the own one. */
export function differing(specs: FieldSpec[], a: Draft, b: Draft): FieldSpec[] {
  return specs.filter((spec) => spec.kind !== "secret" && inWords(spec, a[spec.path]) !== inWords(spec, b[spec.path]));
}
