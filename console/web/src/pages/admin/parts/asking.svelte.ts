import { onDestroy } from "svelte";
import { Refused } from "../../../lib/api";
import { t } from "../../../strings";

/** What the gateway, or the network, said no with. */
export function sentenceOf(e: unknown): string {
  return e instanceof Error ? e.message : t.unknownError;
}

/**
 * Something that is read from the gateway and, with a pause, read again for as long as somebody looks: no event tells of it.
 * Make it while a component is made; it ends with it.
 */
export class Asked<T> {
  value = $state.raw<T>();
  error = $state("");
  #read: () => Promise<T>;
  #every: number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #over = false;
  #turn = 0;

  /** every is in ms; 0: it is read once, and after again(). */
  constructor(read: () => Promise<T>, every = 0) {
    this.#read = read;
    this.#every = every;
    const seen = () => {
      if (!document.hidden) void this.again();
    };
    if (every) document.addEventListener("visibilitychange", seen);
    onDestroy(() => {
      this.#over = true;
      clearTimeout(this.#timer);
      document.removeEventListener("visibilitychange", seen);
    });
    void this.again();
  }

  /** Reads it now. What an older question brings later is not taken any more. */
  async again(): Promise<void> {
    clearTimeout(this.#timer);
    const turn = ++this.#turn;
    try {
      const value = await this.#read();
      if (turn !== this.#turn) return;
      this.value = value;
      this.error = "";
    } catch (e) {
      if (turn === this.#turn && !(e instanceof Refused && e.status === 401)) this.error = sentenceOf(e);
    }
    if (this.#every && !this.#over && turn === this.#turn && !document.hidden) this.#timer = setTimeout(() => void this.again(), this.#every);
  }
}
