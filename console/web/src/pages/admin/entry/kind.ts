import { ask, Refused } from "../../../lib/api";
import type { Entry, FieldSpec } from "./fields";

/** A kind of what people set up, and how one is read and written. */
export interface Kind {
  /** What one is called: agent, queue. */
  word: string;
  /** What its name may be, as a pattern of HTML; absent: anything. */
  pattern?: string;
  nameHint?: string;
  fields: (isNew: boolean) => FieldSpec[];
  /** What a new one begins as. */
  fresh?: Entry;
  read: (name: string) => Promise<Entry>;
  write: (name: string, entry: Entry, guard: Record<string, string>) => Promise<unknown>;
}

/** What an answer has beside what people set up. */
const beside = ["$schema", "name", "id", "team_", "version", "changed_by", "changed_at", "has_password", "has_pin", "set_by", "set", "on_until", "next", "softphones", "lost"];

/** The entry as it is written, without its name and what is only shown. Nothing else may have these names. */
export function bare(entry: Entry, but: string[] = []): Entry {
  return Object.fromEntries(Object.entries(entry).filter(([key]) => but.includes(key) || !beside.includes(key)));
}

/** What makes a write fail if the entry is not as it was read any more; one that was not there, if it is. */
export function guardOf(entry: Entry | null): Record<string, string> {
  return typeof entry?.version === "string" ? { "If-Match": `"${entry.version}"` } : { "If-None-Match": "*" };
}

/** Reads and writes at /PATH/NAME. */
export function kept(path: string): Pick<Kind, "read" | "write"> {
  const address = (name: string) => `${path}/${encodeURIComponent(name)}`;
  return {
    read: (name) => ask<Entry>("GET", address(name)),
    write: (name, entry, guard) => ask("PUT", address(name), entry, guard),
  };
}

/** Whether somebody else was faster. */
export function isConflict(e: unknown): e is Refused {
  return e instanceof Refused && e.status === 412;
}
