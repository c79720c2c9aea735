// What this page asks of the gateway, beyond what all pages do.
import type { components } from "../../api.gen";
import { type Agent, ask, requestID } from "../../lib/api";

type Schemas = components["schemas"];
export type Profile = Schemas["Profile"];
export type Colleague = Schemas["Colleague"];
export type Station = Schemas["Station"];
export type Record = Schemas["Record"];
export type Fallback = Schemas["Fallback"];
/** How somebody is brought into a call. */
export type Bring = "transfer" | "consult" | "conference";

export interface StatusWish {
  status?: "available" | "not_ready" | "on_break" | "away" | "offline";
  profile?: string;
  office?: string;
  reason?: string;
  until?: string;
}

const one = (id: string, rest = "") => `/agents/${encodeURIComponent(id)}${rest}`;
const inCall = (id: string, rest: string) => `/calls/${encodeURIComponent(id)}${rest}`;

export const desk = {
  agent: (id: string) => ask<Agent>("GET", one(id)),
  setStatus: (id: string, wish: StatusWish, version: number) => ask<Agent>("PUT", one(id, "/status"), { ...wish, version }),
  takeBack: (id: string, version: number) => ask<Agent>("DELETE", one(id, `/status?version=${version}`)),
  wrapUp: (id: string, action: "end" | "continue", version: number) => ask<Agent>("POST", one(id, "/wrap-up"), { action, version }),
  decline: (id: string) => ask<Agent>("POST", one(id, "/decline")),
  profiles: () => ask<{ profiles: Profile[]; break_reasons: string[] }>("GET", "/profiles"),
  colleagues: () => ask<{ colleagues: Colleague[] }>("GET", "/colleagues"),
  stations: (id: string) => ask<{ stations: Station[] }>("GET", one(id, "/stations")),
  testCall: (id: string, number: string) => ask<{ stations: Station[] }>("POST", one(id, "/test-call"), { number }),
  history: (id: string) => ask<{ records: Record[] }>("GET", `/history?agent=${encodeURIComponent(id)}&limit=100`),
  back: (id: string) => ask<unknown>("POST", "/switch", { agents: [id], to: "softphone", request_id: requestID() }),

  hangUp: (call: string) => ask<void>("DELETE", inCall(call, "")),
  hold: (call: string, on: boolean) => ask<void>("PUT", inCall(call, "/hold"), { on }),
  record: (call: string, state: "on" | "paused") => ask<void>("PUT", inCall(call, "/recording"), { state }),
  transfer: (call: string, to?: string) => ask<void>("POST", inCall(call, "/transfer"), { ...(to ? { to } : {}), request_id: requestID() }),
  bring: (call: string, mode: "consult" | "conference", who: { agent: string } | { number: string }) =>
    ask<void>("POST", inCall(call, "/guests"), { ...who, mode, request_id: requestID() }),
  together: (call: string, who: string) => ask<void>("PATCH", inCall(call, `/guests/${encodeURIComponent(who)}`), { mode: "conference" }),
  drop: (call: string, who: string) => ask<void>("DELETE", inCall(call, `/guests/${encodeURIComponent(who)}`)),
};
