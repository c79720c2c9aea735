// Days of a report: presets and what they mean today, in the reader's time zone.

export const ranges = ["today", "yesterday", "week", "last7", "last30", "custom"] as const;
export type Range = (typeof ranges)[number];

/** The reader's time zone, whose days and hours the reports follow. */
export const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";

/** A day as 2026-11-24. */
export function day(of: Date): string {
  const two = (n: number) => String(n).padStart(2, "0");
  return `${of.getFullYear()}-${two(of.getMonth() + 1)}-${two(of.getDate())}`;
}

/** The first and the last day of a preset. */
export function days(range: Exclude<Range, "custom">, today = new Date()): { from: string; to: string } {
  const ago = (n: number) => day(new Date(today.getFullYear(), today.getMonth(), today.getDate() - n));
  switch (range) {
    case "today":
      return { from: ago(0), to: ago(0) };
    case "yesterday":
      return { from: ago(1), to: ago(1) };
    case "week": // from Monday on
      return { from: ago((today.getDay() + 6) % 7), to: ago(0) };
    case "last7":
      return { from: ago(6), to: ago(0) };
    case "last30":
      return { from: ago(29), to: ago(0) };
  }
}

/** How many days there are from one to another, both included. */
export function count(from: string, to: string): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000) + 1;
}
