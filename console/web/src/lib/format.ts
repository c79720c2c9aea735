const two = (n: number) => String(n).padStart(2, "0");

/** Seconds as 0:07, 12:34 or 1:02:03. Negative counts as none. */
export function duration(ms: number): string {
  const all = Math.max(0, Math.floor(ms / 1000));
  const h = Math.floor(all / 3600);
  const m = Math.floor((all % 3600) / 60);
  const s = all % 60;
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** The time of day, as the reader's own clock writes it. */
export function timeOfDay(at: number | string): string {
  return new Date(at).toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
}
