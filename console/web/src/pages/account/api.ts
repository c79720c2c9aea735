import type { components } from "../../api.gen";
import { ask } from "../../lib/api";

type Schemas = components["schemas"];
export type Account = Schemas["Account"];
export type Session = Schemas["SignIn"];
export type Token = Schemas["Token"];
export type Enrolment = Schemas["EnrolAnswerBody"];

const name = encodeURIComponent;

export const own = {
  account: () => ask<Account>("GET", "/account"),
  prove: (password: string, code: string) => ask<void>("POST", "/account/prove", { password, ...(code ? { code } : {}) }),
  setPassword: (current: string, next: string, code: string) => ask<void>("PUT", "/account/password", { current, new: next, ...(code ? { code } : {}) }),
  beginFactor: () => ask<Enrolment>("POST", "/account/second-factor"),
  confirmFactor: (code: string) => ask<{ codes: string[] }>("PUT", "/account/second-factor", { code }),
  dropFactor: () => ask<void>("DELETE", "/account/second-factor"),
  renewRecovery: () => ask<{ codes: string[] }>("POST", "/account/recovery-codes"),
  endSession: (id: string) => ask<void>("DELETE", `/account/sessions/${name(id)}`),
  endOthers: () => ask<void>("DELETE", "/account/sessions"),
  makeToken: (wish: { name: string; days: number; role: Token["role"] }) => ask<{ token: string; expires: string }>("POST", "/account/tokens", wish),
  revoke: (id: string) => ask<void>("DELETE", `/account/tokens/${name(id)}`),
};
