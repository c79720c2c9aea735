import { type Agent, Refused } from "../../lib/api";
import type { Floor } from "../../lib/floor.svelte";
import { t } from "../../strings";
import { desk, type StatusWish } from "./api";

/** What the agent asks for, one wish after the other. The gateway owns what is true: a wish says which version of the agent
    it saw, and is refused when something else was said of him meanwhile. */
export class Wishes {
  busy = $state(false);
  /** Why the last wish was not carried out; empty: it was. */
  error = $state("");
  /** The last wish did not come to the gateway. */
  unheard = $state(false);
  /** The last wish saw something that was not true any more. */
  stale = $state(false);

  constructor(
    private floor: Floor,
    private id: string,
  ) {}

  /** The gateway is there again: that it was not is no news any more. */
  heard() {
    if (this.unheard) this.error = "";
    this.unheard = false;
  }

  status = (wish: StatusWish) => this.#declare((version) => desk.setStatus(this.id, wish, version));
  takeBack = () => this.#declare((version) => desk.takeBack(this.id, version));
  wrapUp = (action: "end" | "continue") => this.#declare((version) => desk.wrapUp(this.id, action, version));

  /** Asks for something else; false: it was refused. */
  async act(what: () => Promise<unknown>): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    this.error = "";
    this.stale = false;
    try {
      await what();
      return true;
    } catch (e) {
      this.error = e instanceof Error ? e.message : t.unknownError;
      this.stale = e instanceof Refused && e.code === "stale";
      this.unheard = e instanceof Refused && e.status === 0;
      return false;
    } finally {
      this.busy = false;
    }
  }

  async #declare(what: (version: number) => Promise<Agent>): Promise<boolean> {
    const seen = this.floor.agents.get(this.id)?.version ?? 0;
    const done = await this.act(async () => this.#take(await what(seen)));
    if (this.stale) this.#take(await desk.agent(this.id).catch(() => undefined));
    return done;
  }

  /** Shows an answer at once; an event that is newer may be there already. */
  #take(a: Agent | undefined) {
    if (a && a.version > (this.floor.agents.get(this.id)?.version ?? 0)) this.floor.agents.set(a.id, a);
  }
}
