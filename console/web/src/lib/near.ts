/** Tells rows whether they are near what is on the screen, so that those far away cost nothing. */
export class Nearness {
  #tell = new Map<Element, (near: boolean, height: number) => void>();
  #observer = new IntersectionObserver(
    (entries) => {
      for (const e of entries) this.#tell.get(e.target)?.(e.isIntersecting, e.boundingClientRect.height);
    },
    { rootMargin: "600px 0px" },
  );

  /** Watches an element until the returned func is called. */
  watch(element: Element, tell: (near: boolean, height: number) => void): () => void {
    this.#tell.set(element, tell);
    this.#observer.observe(element);
    return () => {
      this.#tell.delete(element);
      this.#observer.unobserve(element);
    };
  }

  close() {
    this.#observer.disconnect();
  }
}
