import type { Trouble } from "./types";

/** What a refusal of the browser to give the microphone means. */
export function microphoneTrouble(error: unknown): { trouble: Trouble; detail: string } {
  const name = error instanceof Error ? error.name : "";
  const detail = error instanceof Error ? error.message : String(error);
  switch (name) {
    case "NotAllowedError":
    case "SecurityError":
      return { trouble: "denied", detail };
    case "NotFoundError":
    case "OverconstrainedError":
      return { trouble: "no_microphone", detail };
    case "NotReadableError":
    case "AbortError":
      return { trouble: "microphone_busy", detail };
    default:
      return { trouble: "failed", detail };
  }
}
