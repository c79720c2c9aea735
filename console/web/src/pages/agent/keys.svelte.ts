// The keys of this page. A key does what its button does, when that is there and may be pressed; so both can never differ.
export const keys = {
  answer: "A",
  decline: "C",
  hold: "H",
  mute: "M",
  transfer: "T",
  hangup: "X",
  end: "B",
  available: "V",
} as const;

export type Key = keyof typeof keys;

const kept = "telagent-keys";

/** Whether the keys are used; kept in this browser (WCAG 2.1.4: they can be turned off). */
class Use {
  on = $state(read() !== "off");

  set(on: boolean) {
    this.on = on;
    try {
      localStorage.setItem(kept, on ? "on" : "off");
    } catch {
      // a browser that keeps nothing asks again next time
    }
  }
}

function read(): string | null {
  try {
    return localStorage.getItem(kept);
  } catch {
    return null;
  }
}

export const use = new Use();

/** How a key is told to screen readers; undefined: keys are not used. */
export function shortcut(key: Key): string | undefined {
  return use.on ? `Alt+${keys[key]}` : undefined;
}

/** Does what a key is for; false: it is for nothing here. A box in front has the keys to itself. */
export function press(e: KeyboardEvent, help: () => void): boolean {
  if (!use.on || document.querySelector("dialog[open]")) return false;
  const inField = (e.target as HTMLElement | null)?.closest("input, select, textarea");
  if (e.key === "?" && !inField) {
    help();
    return true;
  }
  if (!e.altKey || e.ctrlKey || e.metaKey) return false;
  const key = (Object.keys(keys) as Key[]).find((k) => e.code === `Key${keys[k]}`);
  if (!key) return false;
  const button = document.querySelector<HTMLButtonElement>(`main [data-key="${key}"]:not(:disabled)`);
  button?.click();
  return button !== null;
}
