// The live event stream, read with fetch: unlike EventSource it shows HTTP refusals, and its keep-alives tell a quiet
// stream from a dead one.

export interface StreamEvent {
  name: string;
  data: unknown;
}

export interface StreamHandlers {
  /** An event came. */
  event(e: StreamEvent): void;
  /** The stream stands, or is being tried again. */
  state(live: boolean): void;
  /** The session is over; the stream will not be tried again. */
  ended(): void;
}

const quietLimit = 40_000; // ms; the gateway says something every 15 s
const firstPause = 250; // ms between tries, doubled up to
const lastPause = 1000; // the truth must be on the screen two seconds after the network is back, and no event tells when it is

/** Opens the stream and keeps it open; the returned func closes it. */
export function openStream(on: StreamHandlers): () => void {
  let closed = false;
  let lastID = "";
  let pause = firstPause;
  let abort = new AbortController();
  let wake = () => {};

  // The browser knows first when the network goes and comes back.
  const gone = () => abort.abort();
  const back = () => wake();
  addEventListener("offline", gone);
  addEventListener("online", back);
  // A connection that died while the computer slept says nothing about it, and a timer slept too: the time of day tells.
  let heard = Date.now();
  const look = () => Date.now() - heard > quietLimit && abort.abort();
  const looks = setInterval(look, 1000);
  document.addEventListener("visibilitychange", look); // in the background a timer is seldom run
  const close = () => {
    closed = true;
    clearInterval(looks);
    document.removeEventListener("visibilitychange", look);
    removeEventListener("offline", gone);
    removeEventListener("online", back);
    abort.abort();
  };

  const loop = async () => {
    while (!closed) {
      abort = new AbortController();
      heard = Date.now();
      try {
        const headers: Record<string, string> = lastID ? { "Last-Event-ID": lastID } : {};
        const answer = await fetch("/api/v1/events", { headers, signal: abort.signal, cache: "no-store", credentials: "same-origin" });
        if (answer.status === 401) {
          close();
          on.ended();
          return;
        }
        if (answer.ok && answer.body) {
          on.state(true);
          pause = firstPause;
          await read(answer.body, () => (heard = Date.now()), (name, data, id) => {
            if (id) lastID = id;
            if (name && !closed) on.event({ name, data: JSON.parse(data) });
          });
        }
      } catch {
        // the network, or our own abort: try again
      }
      if (closed) return;
      on.state(false);
      await new Promise<void>((done) => {
        wake = done;
        setTimeout(done, pause * (0.75 + Math.random() / 2));
      });
      pause = Math.min(pause * 2, lastPause);
    }
  };
  void loop();
  return close;
}

async function read(body: ReadableStream<Uint8Array>, hear: () => void, tell: (name: string, data: string, id: string) => void) {
  const reader = body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader();
  let text = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    hear();
    text += value;
    for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
      const fields = { id: "", event: "", data: "" };
      for (const line of text.slice(0, end).split("\n")) {
        const colon = line.indexOf(": ");
        const name = line.slice(0, colon);
        if (name === "id" || name === "event" || name === "data") fields[name] = line.slice(colon + 2);
      }
      text = text.slice(end + 2);
      if (fields.event) tell(fields.event, fields.data, fields.id);
    }
  }
}
