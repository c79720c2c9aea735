const key = "telagent.columns";

/** Which columns the table of agents has beside the usual ones. The browser remembers them. */
export class Columns {
  profile = $state(false);
  offices = $state(false);
  /** The system in whose words the status is shown too; empty: in none. */
  vocabulary = $state("");

  constructor() {
    try {
      const kept = JSON.parse(localStorage.getItem(key) ?? "{}") as Partial<Columns>;
      this.profile = kept.profile === true;
      this.offices = kept.offices === true;
      this.vocabulary = typeof kept.vocabulary === "string" ? kept.vocabulary : "";
    } catch {
      // what cannot be read is forgotten
    }
  }

  keep() {
    try {
      localStorage.setItem(key, JSON.stringify({ profile: this.profile, offices: this.offices, vocabulary: this.vocabulary }));
    } catch {
      // a browser that keeps nothing shows them until it is closed
    }
  }
}
