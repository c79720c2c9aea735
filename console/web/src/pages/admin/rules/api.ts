import type { components } from "../../../api.gen";
import { ask } from "../../../lib/api";
import { t } from "../../../strings";
import type { Entry } from "../entry/fields";
import { kept, type Kind } from "../entry/kind";

type Schemas = components["schemas"];
export type Policy = Schemas["Policy"];
export type Site = Schemas["Site"];

export const rules = {
  policies: async () => (await ask<{ policies: Policy[] }>("GET", "/policies")).policies,
  sites: async () => (await ask<{ sites: Site[] }>("GET", "/sites")).sites,
  dropSite: (name: string, guard: Record<string, string>) => ask<void>("DELETE", `/sites/${encodeURIComponent(name)}`, undefined, guard),
};

const words = t.rules.policies;

export const policyKind: Kind = {
  word: words.word,
  fields: () => [
    { path: "cut_off", label: words.fields.cut_off, kind: "select", wide: true, options: [{ value: "alert", label: words.alert }, { value: "switch", label: words.switch }] },
    { path: "grace_s", label: words.fields.grace, hint: words.fields.graceHint, kind: "number", min: 0, max: 3600, required: true },
    { path: "phone_sign_on", label: words.fields.signOn, hint: words.fields.signOnHint, kind: "toggle", explicit: true, wide: true },
  ],
  ...kept("/policies"),
  write: (name, { cut_off, grace_s, phone_sign_on }, guard) => ask("PUT", `/policies/${encodeURIComponent(name)}`, { cut_off, grace_s, phone_sign_on }, guard),
};

/** A new site begins with the networks that it is made for. */
export function siteKind(networks: string[] = []): Kind {
  return {
    word: t.rules.sites.word,
    nameHint: "",
    pattern: "[^\\/]+",
    fresh: { networks },
    fields: () => [{ path: "networks", label: t.rules.sites.networks, hint: t.rules.sites.networksHint, kind: "list", wide: true, explicit: true }],
    read: async (name) => {
      const found = (await rules.sites()).find((s) => s.name === name && s.networks.length);
      if (!found) throw new Error(t.rules.sites.none);
      return found as unknown as Entry;
    },
    write: (name, { networks }, guard) => ask("PUT", `/sites/${encodeURIComponent(name)}`, { networks }, guard),
  };
}
