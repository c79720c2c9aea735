import type { Agent } from "../../lib/api";

/** The colour of the timer of a status at a moment: the gateway says when it changes. */
export function levelAt(a: Agent, now: number): "" | "amber" | "red" {
  if (a.red_at && Date.parse(a.red_at) <= now) return "red";
  return a.amber_at && Date.parse(a.amber_at) <= now ? "amber" : "";
}

/** What a device is called on this page: ana@softphone, 12@desk, or a number. */
export function deviceName(device: string | undefined, words: { softphone: string; desk: string }): string {
  if (!device) return "";
  const [name, kind] = device.split("@");
  if (kind === "softphone") return words.softphone;
  return kind === "desk" ? `${words.desk} ${name}` : device;
}
