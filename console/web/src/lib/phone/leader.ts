// Of all tabs of this browser one holds the phone. The browser's lock says which: it is given on as soon as that tab is gone, however
// it went. The others see what it shows and send it their wishes.

import type { PhoneState, Wish } from "./types";

type Word = { is: "state"; state: PhoneState } | { is: "wish"; wish: Wish } | { is: "hello" };

export interface LeaderHandlers {
  /** This tab holds the phone from now on. */
  leads(): void;
  /** The tab that holds the phone shows this. */
  shows(state: PhoneState): void;
  /** Another tab wishes something of this one, which holds the phone. */
  wishes(wish: Wish): void;
  /** Another tab wants to know how things are. */
  asks(): void;
}

export class Leader {
  leads = false;
  #channel: BroadcastChannel;
  #release = () => {};
  #abort = new AbortController();

  /** of: whose phone it is; two agents in one browser have two. */
  constructor(of: string, on: LeaderHandlers) {
    this.#channel = new BroadcastChannel("telagent-phone:" + of);
    this.#channel.onmessage = (e: MessageEvent<Word>) => {
      const word = e.data;
      if (word.is === "state" && !this.leads) on.shows(word.state);
      if (word.is === "wish" && this.leads) on.wishes(word.wish);
      if (word.is === "hello" && this.leads) on.asks();
    };
    this.#say({ is: "hello" });
    navigator.locks
      .request("telagent-phone:" + of, { signal: this.#abort.signal }, () => {
        this.leads = true;
        on.leads();
        return new Promise<void>((release) => (this.#release = release));
      })
      .catch(() => undefined); // it was left before its turn came
  }

  show(state: PhoneState) {
    if (this.leads) this.#say({ is: "state", state });
  }

  wish(wish: Wish) {
    this.#say({ is: "wish", wish });
  }

  leave() {
    this.leads = false;
    this.#abort.abort();
    this.#release();
    this.#channel.close();
  }

  #say(word: Word) {
    this.#channel.postMessage(word);
  }
}
