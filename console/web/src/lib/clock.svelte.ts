/** The gateway's clock, as well as this page knows it; ticks once a second. All times shown are counted with it. */
class Clock {
  /** The gateway's time now, in ms. */
  now = $state(Date.now());
  #offset = 0;
  #doubt = Infinity; // round trip of the best measurement, ms

  constructor() {
    const tick = () => {
      this.now = Date.now() + this.#offset;
      setTimeout(tick, 1000 - (this.now % 1000) + 5);
    };
    tick();
  }

  /** Takes the gateway's time from an answer to a request that was sent and came back at these local times. */
  measure(gateway: string, sent: number, back: number) {
    const trip = back - sent;
    if (trip > this.#doubt && trip > 200) return; // a worse measurement than the one we have
    this.#doubt = trip;
    this.#offset = Date.parse(gateway) - (sent + back) / 2;
    this.now = Date.now() + this.#offset;
  }
}

export const clock = new Clock();
