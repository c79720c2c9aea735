import { Refused } from "../../lib/api";

/** Carries out what needs a fresh proof of who asks: when the gateway wants one, a box asks for the password and the deed is
 *  tried again. */
export class Proof {
  asks = $state(false);
  #go?: (proved: boolean) => void;

  /** Gives undefined when the user does not want to prove himself. */
  async through<T>(deed: () => Promise<T>): Promise<T | undefined> {
    try {
      return await deed();
    } catch (e) {
      if (!(e instanceof Refused && e.code === "prove_yourself") || e.message.includes("sign out")) throw e;
    }
    this.asks = true;
    const proved = await new Promise<boolean>((go) => (this.#go = go));
    this.asks = false;
    return proved ? deed() : undefined;
  }

  /** The box says what came of it. */
  answer(proved: boolean) {
    this.#go?.(proved);
    this.#go = undefined;
  }
}
