/** Where the reader is: #/id/rest in the address. Whoever shows a page reads it; links are ordinary links. */
class Route {
  id = $state("");
  /** What stands behind the page's name: the page's own. */
  rest = $state("");

  constructor() {
    this.#read();
    addEventListener("hashchange", () => this.#read());
  }

  /** Goes to a page, as a click on a link does. */
  go(id: string, rest = "") {
    location.hash = address(id, rest);
  }

  /** Writes the address anew without a step back to where it was before: for filters, and for a page that may not be opened. */
  replace(id: string, rest = "") {
    history.replaceState(history.state, "", address(id, rest));
    this.#read();
  }

  #read() {
    const [, id = "", rest = ""] = /^#\/([\w-]*)\/?(.*)$/.exec(location.hash) ?? [];
    this.id = id;
    this.rest = rest;
  }
}

/** The address of a page, for links. */
export function address(id: string, rest = ""): string {
  return rest ? `#/${id}/${rest}` : `#/${id}`;
}

export const route = new Route();
