import type { components } from "../api.gen";
import { t } from "../strings";

type Schemas = components["schemas"];
export type Agent = Schemas["Agent"];
export type Call = Schemas["Call"];
export type Told = Schemas["Told"];
export type Queue = Schemas["Queue"];
export type Change = Schemas["Change"];
export type Alarm = Schemas["Alarm"];
export type Switch = Schemas["Switch"];
export type Result = Schemas["Result"];
export type MassSwitch = Schemas["MassSwitch"];
export type MassPlan = Schemas["MassPlan"];
export type Me = Pick<Schemas["MeAnswerBody"], "user" | "role" | "teams" | "agent" | "unfinished">;
export type Problem = Schemas["Problem"];

/** What the gateway said no to; its message is fit for the screen. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly results?: Result[],
    /** What is wrong, piece by piece. */
    readonly complaints: { location?: string; message: string }[] = [],
  ) {
    super(message);
  }
}

/** Asks the API. A body that is a Blob is sent as it is, with its type; anything else as JSON. */
export async function ask<T>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<T> {
  const raw = body instanceof Blob;
  let answer: Response;
  try {
    answer = await fetch("/api/v1" + path, {
      method,
      headers: body === undefined || raw ? headers : { "Content-Type": "application/json", ...headers },
      body: body === undefined ? null : raw ? body : JSON.stringify(body),
      credentials: "same-origin",
      cache: "no-store",
    });
  } catch {
    throw new Refused(0, "no_server", t.noServer);
  }
  if (answer.ok) return (answer.status === 204 ? undefined : await answer.json()) as T;
  const problem = (await answer.json().catch(() => null)) as Problem | null;
  throw new Refused(answer.status, problem?.code ?? "unknown", problem?.detail ?? t.unknownError, problem?.results, problem?.errors);
}

/** What became of a batch; of several agents with the id of their switch, or with its plan. */
export interface Batch {
  results: Result[];
  switch?: string;
  plan?: MassPlan;
}

/** Whom a switch is about: agents by name, or those at a site. */
export type Who = { agents: string[] } | { site: string; cut_off?: boolean };

/** A batch in which nothing was done is a problem with every result: for the page it is a batch all the same. */
async function batch(path: string, body: unknown): Promise<Batch> {
  try {
    return await ask<Batch>("POST", path, body);
  } catch (e) {
    if (e instanceof Refused && e.results) return { results: e.results };
    throw e;
  }
}

export const api = {
  me: () => ask<Me>("GET", "/me"),
  ways: () => ask<Schemas["WaysAnswerBody"]>("GET", "/sign-in"),
  signIn: (user: string, password: string, code = "") => ask<Me>("POST", "/sign-in", { user, password, ...(code ? { code } : {}) }),
  setUp: (token: string, user: string, password: string) => ask<Me>("POST", "/setup", { token, user, password }),
  signOut: () => ask<{ continue?: string }>("POST", "/sign-out"),
  agents: () => ask<{ now: string; agents: Agent[] }>("GET", "/agents"),
  calls: () => ask<{ now: string; calls: Call[] }>("GET", "/calls"),
  queues: () => ask<{ now: string; queues: Queue[] }>("GET", "/queues"),
  alarms: () => ask<{ alarms: Alarm[] }>("GET", "/alarms"),
  planSwitch: (who: Who, back: boolean, number: string) => batch("/switch", move(who, back, number, { dry_run: true })),
  switch: (agents: string[], back: boolean, number: string, id: string) => batch("/switch", move({ agents }, back, number, { request_id: id })),
  massSwitch: (id: string) => ask<MassSwitch>("GET", "/switches/" + encodeURIComponent(id)),
  undoSwitch: (id: string) => ask<MassSwitch>("POST", `/switches/${encodeURIComponent(id)}/undo`),
  planLogout: async (agents: string[]) => (await batch("/force-logout", { agents, dry_run: true })).results,
  forceLogout: async (agents: string[], id: string) => (await batch("/force-logout", { agents, request_id: id })).results,
  noteActivity: (agent: string) => ask<void>("POST", `/agents/${encodeURIComponent(agent)}/activity`),
  addGuest: (call: string, mode: Mode, id: string) => ask<void>("POST", path(call, "guests"), { mode, request_id: id }),
  changeGuest: (call: string, who: string, mode: Mode) => ask<void>("PATCH", path(call, "guests", who), { mode }),
  dropGuest: (call: string, who: string) => ask<void>("DELETE", path(call, "guests", who)),
  rescue: (call: string) => ask<void>("POST", path(call, "rescue")),
  hangUp: (call: string) => ask<void>("DELETE", path(call)),
};

/** How a supervisor takes part in a call that is not his. */
export type Mode = "monitor" | "whisper" | "barge";

const path = (...parts: string[]) => "/calls/" + parts.map(encodeURIComponent).join("/");

function move(who: Who, back: boolean, number: string, more: object) {
  return { ...who, to: back ? "softphone" : "telagent", ...(number ? { number } : {}), ...more };
}

/** A new request id: the same one sent twice is done once. */
export function requestID(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
}
