import type { components } from "../../../api.gen";
import { ask } from "../../../lib/api";

type Schemas = components["schemas"];
export type Line = Schemas["Audit"];
export type Ban = Schemas["Ban"];
export type Webhook = Schemas["Webhook"];

/** What is looked for in the audit trail; an empty word is anything. */
export interface Wanted {
  by: string;
  action: string;
  subject: string;
  result: string;
  from: string;
  before: string;
}

function query(wanted: Partial<Wanted> & Record<string, string>): string {
  return new URLSearchParams(Object.entries(wanted).filter(([, v]) => v)).toString();
}

export const security = {
  audit: async (wanted: Wanted, limit: number) => (await ask<{ entries: Line[] }>("GET", `/audit?${query({ ...wanted, limit: String(limit) })}`)).entries,
  exportAddress: (wanted: Wanted, format: string) => `/api/v1/audit/export?${query({ ...wanted, format })}`,
  verify: () => ask<Schemas["VerifyAnswerBody"]>("GET", "/audit/verify"),
  bans: async () => (await ask<{ bans: Ban[] }>("GET", "/bans")).bans,
  lift: (address: string) => ask<void>("DELETE", `/bans/${encodeURIComponent(address)}`),
  webhooks: async () => (await ask<{ webhooks: Webhook[] }>("GET", "/webhooks")).webhooks,
  testWebhook: (webhook: string) => ask<{ ok: boolean; detail: string }>("POST", "/webhooks/test", { webhook }),
};
