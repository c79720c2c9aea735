import type { Agent } from "../../lib/api";
import { t } from "../../strings";

/** A device's name without what kind it is. */
export const target = (device: string) => device.replace(/@(softphone|desk)$/, "");

/** What an agent would be rung at, or talks on, in words. */
export function deviceOf(a: Agent): string {
  if (!a.device) return t.device.none;
  if (a.device.endsWith("@softphone")) return t.device.softphone;
  if (a.device.endsWith("@desk")) return `${t.device.desk} ${target(a.device)}`;
  return a.device;
}

/** Whether it can be reached, in a word. */
export function reachWord(reachable: string): string {
  return reachable === "reachable" ? t.device.reachable : reachable === "unreachable" ? t.device.unreachable : t.device.unknown;
}
