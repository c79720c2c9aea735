import type { components } from "../../../api.gen";
import { ask } from "../../../lib/api";

type Schemas = components["schemas"];
export type Trunk = Schemas["Trunk"];
export type Phone = Schemas["Phone"];
export type Station = Schemas["Station"];
export type Known = Schemas["Number"];
export type Rules = Schemas["DialRules"];
export type Tried = Schemas["TriedAnswerBody"];

const at = encodeURIComponent;

export const lines = {
  trunks: async () => (await ask<{ trunks: Trunk[] }>("GET", "/trunks")).trunks,
  phones: async () => (await ask<{ phones: Phone[] }>("GET", "/phones")).phones,
  stations: async (agent: string) => (await ask<{ stations: Station[] }>("GET", `/agents/${at(agent)}/stations`)).stations,
  testCall: (agent: string, number: string) => ask<unknown>("POST", `/agents/${at(agent)}/test-call`, { number }),
  clearMachines: (agent: string, number: string) => ask<unknown>("DELETE", `/agents/${at(agent)}/stations/${at(number)}/machines`),
  numbers: async () => (await ask<{ numbers: Known[] }>("GET", "/numbers")).numbers,
  rules: () => ask<Rules>("GET", "/dial-rules"),
  try: (number: string, agent: string) => ask<Tried>("POST", "/dial-rules/try", agent ? { number, agent } : { number }),
};
