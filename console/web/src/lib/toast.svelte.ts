/** A short message about what was just done. */
export interface Toast {
  id: number;
  text: string;
  bad: boolean;
}

const time = 6000; // ms; what went wrong stays until it is dismissed

class Toasts {
  all = $state<Toast[]>([]);
  #last = 0;

  /** Says that something was done. */
  done(text: string) {
    const id = this.#add(text, false);
    setTimeout(() => this.drop(id), time);
  }

  /** Says that something went wrong, in the gateway's own sentence where it sent one. */
  failed(e: unknown) {
    this.#add(e instanceof Error ? e.message : String(e), true);
  }

  drop(id: number) {
    this.all = this.all.filter((one) => one.id !== id);
  }

  #add(text: string, bad: boolean): number {
    this.all = [...this.all.slice(-3), { id: ++this.#last, text, bad }];
    return this.#last;
  }
}

export const toasts = new Toasts();
