export type Look = "auto" | "light" | "dark";
export const looks: Look[] = ["auto", "light", "dark"];
const key = "telagent.theme";

/** Light or dark, as the system says or as the reader chose. The browser remembers it, and its other tabs follow. */
class Theme {
  look = $state<Look>("auto");

  constructor() {
    this.#read();
    addEventListener("storage", (e) => {
      if (e.key === key) this.#read();
    });
  }

  choose(look: Look) {
    try {
      localStorage.setItem(key, look);
    } catch {
      // a browser that keeps nothing shows it until it is closed
    }
    this.#show(look);
  }

  #read() {
    try {
      this.#show(looks.find((look) => look === localStorage.getItem(key)) ?? "auto");
    } catch {
      this.#show("auto");
    }
  }

  #show(look: Look) {
    this.look = look;
    document.documentElement.dataset.theme = look;
  }
}

export const theme = new Theme();
