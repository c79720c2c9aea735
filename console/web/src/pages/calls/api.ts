import type { components } from "../../api.gen";
import { ask } from "../../lib/api";

type Schemas = components["schemas"];
export type Record_ = Schemas["Record"];
export type Ladder = Schemas["Ladder"];
export type Leg = Schemas["LadderLeg"];
export type Message = Schemas["SipMessage"];
export type Note = Schemas["LadderNote"];
export type Interval = Schemas["QualityCourse"];
export type Switch = Schemas["Switch"];

/** What calls that ended are searched by; empty: by nothing. */
export interface Find {
  number: string;
  agent: string;
  queue: string;
  cause: string;
  from: string;
  to: string;
}

export const nothing: Find = { number: "", agent: "", queue: "", cause: "", from: "", to: "" };

/** So many are read at once. */
export const page = 50;

function query(f: Find, more: Record<string, string>): string {
  const q = new URLSearchParams();
  for (const key of ["number", "agent", "queue", "cause"] as const) if (f[key].trim()) q.set(key, f[key].trim());
  if (f.from) q.set("after", new Date(f.from).toISOString());
  if (f.to) q.set("before", new Date(f.to).toISOString());
  for (const [key, value] of Object.entries(more)) q.set(key, value);
  return "?" + q.toString();
}

const path = (base: string, id: string, rest = "") => `/${base}/${encodeURIComponent(id)}${rest}`;

export const calls = {
  /** Calls that ended, the newest first; next is the cursor of those that follow. */
  ended: (f: Find, cursor = "") => ask<{ records: Record_[]; next?: string }>("GET", "/history" + query(f, { limit: String(page), ...(cursor ? { cursor } : {}) })),
  record: (id: string) => ask<Record_>("GET", path("history", id)),
  ladder: (id: string, live: boolean) => ask<Ladder>("GET", path(live ? "calls" : "history", id, "/ladder")),
  csv: (f: Find) => "/api/v1/history" + query(f, { format: "csv", limit: "1000" }),
  asText: (id: string, live: boolean) => `/api/v1${path(live ? "calls" : "history", id, "/ladder")}?format=text`,
  recording: (id: string) => `/api/v1${path("history", id, "/recording")}`,
};
