import type { components } from "../../api.gen";
import { ask } from "../../lib/api";

type Schemas = components["schemas"];
export type StatusTimes = Schemas["StatusTimes"];
export type Handled = Schemas["Handled"];
export type HandledRow = Schemas["HandledRow"];
export type Missed = Schemas["Missed"];
export type OffersRow = Schemas["OffersRow"];
export type CustomersRow = Schemas["CustomersRow"];
export type Service = Schemas["Service"];
export type ServiceRow = Schemas["ServiceRow"];
export type Switches = Schemas["SwitchesReport"];
export type SwitchRow = Schemas["SwitchRow"];
export type Spread = Schemas["Spread"];

export const read = <T>(report: string, question: string) => ask<T>("GET", `/reports/${report}?${question}`);

/** Where the same is as a table for spreadsheets, of exactly the time that is shown. */
export function csv(report: string, question: string, shown: { from: string; to: string }): string {
  const q = new URLSearchParams(question);
  q.set("from", shown.from);
  q.set("to", shown.to);
  q.set("format", "csv");
  return `/api/v1/reports/${report}?${q}`;
}
