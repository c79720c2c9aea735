import { t } from "../../strings";

/** A day and the time of it, as the reader's own calendar writes them. */
export function moment(at: string): string {
  return new Date(at).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}

/** A day alone. */
export function day(at: string): string {
  return new Date(at).toLocaleDateString(undefined, { dateStyle: "medium" });
}

const browsers: [RegExp, string][] = [
  [/Edg\//, "Edge"],
  [/OPR\//, "Opera"],
  [/Firefox\//, "Firefox"],
  [/Chrom(e|ium)\//, "Chrome"],
  [/Safari\//, "Safari"],
];

const systems: [RegExp, string][] = [
  [/Windows/, "Windows"],
  [/Android/, "Android"],
  [/iPhone|iPad/, "iOS"],
  [/Mac OS/, "macOS"],
  [/Linux|X11/, "Linux"],
];

/** A browser in a few words, of how it names itself. */
export function browserWords(agent: string): string {
  const find = (of: [RegExp, string][]) => of.find(([sign]) => sign.test(agent))?.[1];
  const browser = find(browsers);
  const system = find(systems);
  if (browser && system) return t.account.sessions.on(browser, system);
  return browser ?? (agent.slice(0, 40) || t.account.sessions.unknown);
}
