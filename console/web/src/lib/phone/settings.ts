import type { Settings } from "./types";

const key = "telagent.phone"; // of localStorage: it is about this browser's devices, and holds nothing secret
const instanceKey = "telagent.phone.instance";

const usual: Settings = { microphone: "", loudspeaker: "", ringer: "", autoAnswer: false, notify: false, ringVolume: 0.7 };

/** What is kept in this browser; what cannot be read counts as not set. */
export function readSettings(): Settings {
  const settings = { ...usual };
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(key) ?? "{}");
    for (const [name, value] of Object.entries(kept as object)) {
      if (name in usual && typeof value === typeof usual[name as keyof Settings]) Object.assign(settings, { [name]: value });
    }
  } catch {
    // the usual ones
  }
  return settings;
}

export function keepSettings(settings: Settings) {
  try {
    localStorage.setItem(key, JSON.stringify(settings));
  } catch {
    // a browser that keeps nothing asks again next time
  }
}

/** Tells when another tab changed the settings; the returned func ends that. */
export function onSettings(changed: (settings: Settings) => void): () => void {
  const listen = (e: StorageEvent) => {
    if (e.key === key) changed(readSettings());
  };
  addEventListener("storage", listen);
  return () => removeEventListener("storage", listen);
}

/**
 * This browser's name as a phone, the same after a reload and in every tab: so a registration takes the place of the one before.
 *
 * RFC 5626 §4.1
 */
export function instanceID(): string {
  const made = randomUUID();
  try {
    const kept = localStorage.getItem(instanceKey);
    if (kept && /^[0-9a-f-]{36}$/.test(kept)) return kept;
    localStorage.setItem(instanceKey, made);
  } catch {
    // a new phone each time
  }
  return made;
}

function randomUUID(): string {
  const b = crypto.getRandomValues(new Uint8Array(16));
  b[6] = (b[6]! & 0x0f) | 0x40;
  b[8] = (b[8]! & 0x3f) | 0x80;
  const hex = Array.from(b, (n) => n.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

const callKey = "telagent.phone.call:"; // with the agent: he is in a call in this browser

/** Notes that this browser has a call of an agent, or has it no more: a page that is loaded anew asks for it. */
export function noteCall(agent: string, has: boolean) {
  try {
    if (has) localStorage.setItem(callKey + agent, "1");
    else localStorage.removeItem(callKey + agent);
  } catch {
    // then nobody asks
  }
}

/** Whether this browser had a call of an agent when its page went. */
export function hadCall(agent: string): boolean {
  try {
    return localStorage.getItem(callKey + agent) === "1";
  } catch {
    return false;
  }
}
