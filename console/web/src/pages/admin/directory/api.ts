import type { components } from "../../../api.gen";
import { ask } from "../../../lib/api";
import { t } from "../../../strings";
import type { Entry } from "../entry/fields";
import { kept, type Kind } from "../entry/kind";

type Schemas = components["schemas"];
/** An entry as the gateway keeps it. */
export interface Kept {
  version?: string;
  changed_by?: string;
  changed_at?: string;
}
export type AgentEntry = Schemas["KeptAgent"] & Kept & { has_password: boolean; has_pin: boolean };
export type UserEntry = Schemas["KeptUser"] & Kept & { has_password: boolean; has_pin: boolean };
export type ProfileEntry = Schemas["KeptProfile"] & Kept;
export interface Report {
  changes: string[];
  unchanged: number;
}

const drop = (path: string) => (name: string, guard: Record<string, string>) => ask<void>("DELETE", `${path}/${encodeURIComponent(name)}`, undefined, guard);

export const directory = {
  agents: async () => (await ask<{ agents: AgentEntry[] }>("GET", "/directory/agents")).agents,
  users: async () => (await ask<{ users: UserEntry[] }>("GET", "/directory/users")).users,
  profiles: async () => (await ask<{ profiles: ProfileEntry[] }>("GET", "/directory/profiles")).profiles,
  reasons: async () => (await ask<{ reasons: string[] }>("GET", "/directory/break-reasons")).reasons,
  dropAgent: drop("/directory/agents"),
  dropUser: drop("/directory/users"),
  dropQueue: drop("/directory/queues"),
  dropProfile: drop("/directory/profiles"),
  setOffice: (office: string, status: "away" | "available") => ask<unknown>("PUT", `/offices/${encodeURIComponent(office)}/status`, { status }),
  setInOffice: (agent: string, office: string, status: "away" | "available") => ask<unknown>("PUT", `/agents/${encodeURIComponent(agent)}/status`, { status, office }),
  import: (text: string, dry: boolean) => ask<Report>("POST", `/import${dry ? "?dry_run=true" : ""}`, new Blob([text], { type: "application/yaml" })),
};

const options = (of: Record<string, string>, empty?: string) => [...(empty === undefined ? [] : [{ value: "", label: empty }]), ...Object.entries(of).map(([value, label]) => ({ value, label }))];
const a = t.directory.agents;
const u = t.directory.users;
const p = t.directory.profiles;

export function agentKind(queues: string[], teams: string[]): Kind {
  const f = a.fields;
  return {
    word: a.word,
    pattern: a.pattern,
    nameHint: a.idHint,
    fresh: { role: "agent", proof: "key" },
    fields: (isNew) => [
      { path: "name", label: f.name, kind: "text", max: 100, group: a.groups.person },
      { path: "team", label: f.team, kind: "text", names: teams, max: 100 },
      { path: "role", label: f.role, kind: "select", options: options({ agent: t.directory.role("agent"), supervisor: t.directory.role("supervisor") }) },
      { path: "supervises", label: f.supervises, kind: "list" },
      { path: "numbers", label: f.numbers, kind: "list", group: a.groups.phones },
      { path: "authorised_numbers", label: f.authorised, hint: a.hints.authorised, kind: "list" },
      { path: "direct_numbers", label: f.direct, hint: a.hints.direct, kind: "list" },
      { path: "desk_phone", label: f.desk, hint: a.hints.desk, kind: "text", max: 63 },
      { path: "phone_id", label: f.phoneID, hint: a.hints.phoneID, kind: "text", max: 12 },
      { path: "proof", label: f.proof, kind: "select", options: options(a.proofs) },
      { path: "language", label: f.language, hint: a.hints.language, kind: "text", max: 3 },
      { path: "nailed_up", label: f.nailed, kind: "toggle" },
      { path: "queues", label: f.queues, hint: t.admin.editor.levelHint, kind: "levels", names: queues, group: a.groups.queues },
      { path: "offices", label: f.offices, kind: "list", group: a.groups.work },
      { path: "wrap_up_s", label: f.wrap, hint: a.hints.wrap, kind: "number", min: 0, max: 86400 },
      { path: "after_sign_in", label: f.signsOn, kind: "select", options: options(a.after, t.admin.asPolicy) },
      { path: "capabilities", label: f.channels, kind: "checks", options: options(a.channels) },
      { path: "password", label: f.password, hint: isNew ? t.admin.editor.secretNew : t.admin.editor.secret, kind: "secret", min: 10, max: 200, group: a.groups.access },
      { path: "pin", label: f.pin, hint: isNew ? "" : t.admin.editor.secret, kind: "secret", min: 4, max: 12 },
    ],
    ...kept("/directory/agents"),
  };
}

export const userKind: Kind = {
  word: u.word,
  pattern: a.pattern,
  nameHint: "",
  fresh: { role: "supervisor" },
  fields: (isNew) => [
    { path: "role", label: u.fields.role, kind: "select", options: options({ supervisor: t.directory.role("supervisor"), admin: t.directory.role("admin") }) },
    { path: "teams", label: u.fields.teams, kind: "list" },
    { path: "offices", label: u.fields.offices, hint: u.hints.offices, kind: "list" },
    { path: "sets_others_available", label: u.fields.others, kind: "toggle" },
    { path: "phone_id", label: u.fields.phoneID, hint: a.hints.phoneID, kind: "text", max: 12 },
    { path: "password", label: u.fields.password, hint: isNew ? t.admin.editor.secretNew : t.admin.editor.secret, kind: "secret", min: 10, max: 200 },
    { path: "pin", label: u.fields.pin, hint: isNew ? "" : t.admin.editor.secret, kind: "secret", min: 4, max: 12 },
  ],
  ...kept("/directory/users"),
};

export function profileKind(queues: string[]): Kind {
  return {
    word: p.word,
    pattern: "[^\\/]+",
    fresh: { type: "away" },
    fields: () => [
      { path: "type", label: p.fields.type, kind: "select", options: options(p.types) },
      { path: "duration_s", label: p.fields.duration, hint: p.hints.duration, kind: "number", min: 0, max: 86400 },
      { path: "reason", label: p.fields.reason, hint: p.hints.reason, kind: "text", max: 100 },
      { path: "order", label: p.fields.order, hint: p.hints.order, kind: "number" },
      { path: "queues", label: p.fields.queues, hint: p.hints.queues, kind: "checks", wide: true, options: queues.map((q) => ({ value: q, label: q })) },
    ],
    ...kept("/directory/profiles"),
  };
}

export const reasonsKind: Kind = {
  word: t.directory.reasons.word,
  fields: () => [{ path: "reasons", label: t.directory.reasons.field, hint: t.directory.reasons.hint, kind: "list", wide: true, explicit: true }],
  read: () => ask<Entry>("GET", "/directory/break-reasons"),
  write: (_, { reasons }, guard) => ask("PUT", "/directory/break-reasons", { reasons }, guard),
};
