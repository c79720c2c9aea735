const key = "telagent.columns";

/** What each reader sets for himself: columns beside the usual ones, and when a wait has its colour. The browser remembers it. */
export class Columns {
  profile = $state(false);
  offices = $state(false);
  /** The system in whose words the status is shown too; empty: in none. */
  vocabulary = $state("");

  /** Seconds after which a wait turns amber, and red. */
  amber = $state(20);
  red = $state(60);

  constructor() {
    try {
      const kept = JSON.parse(localStorage.getItem(key) ?? "{}") as Partial<Columns>;
      this.profile = kept.profile === true;
      this.offices = kept.offices === true;
      this.vocabulary = typeof kept.vocabulary === "string" ? kept.vocabulary : "";
      if (typeof kept.amber === "number") this.amber = kept.amber;
      if (typeof kept.red === "number") this.red = kept.red;
    } catch {
      // what cannot be read is forgotten
    }
  }

  /** The colour of so long a wait. */
  level(ms: number): "" | "warn" | "bad" {
    return ms > this.red * 1000 ? "bad" : ms > this.amber * 1000 ? "warn" : "";
  }

  keep() {
    try {
      localStorage.setItem(key, JSON.stringify({ profile: this.profile, offices: this.offices, vocabulary: this.vocabulary, amber: this.amber, red: this.red }));
    } catch {
      // a browser that keeps nothing shows them until it is closed
    }
  }
}
