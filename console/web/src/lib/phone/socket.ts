// A WebSocket for JsSIP that outlives its connections. JsSIP gives up what it is in the middle of when its socket goes, and ends the
// call with it; this one tells it nothing, connects again at once and sends what could not be sent. Audio goes another way, so a
// call does not notice.

const ping = "\r\n\r\n"; // RFC 7118 §6, RFC 5626 §3.5.1
const pong = "\r\n";
const pingEvery = 5_000; // ms
const pongWithin = 2_000;
const pauses = [0, 200, 400, 800, 1_500]; // ms before the first, second … try to connect; then the last again and again
const openWithin = 5_000;
const onTheWay = 2_000; // ms; what was sent so shortly before the end may not have arrived, and is sent again
const waiting = 100; // most messages kept for a connection

export interface SocketHandlers {
  /** It stands again after a break, the first time too. */
  opened(): void;
  /** It broke; the next try follows. */
  broken(tries: number): void;
}

export class LastingSocket {
  readonly via_transport: string;
  readonly sip_uri: string;
  // What JsSIP hangs on.
  onconnect = () => {};
  ondisconnect = (_error: boolean, _code?: number, _reason?: string) => {};
  ondata = (_data: unknown) => {};

  #on: SocketHandlers;
  #socket: WebSocket | null = null;
  #wanted = false;
  #told = false; // JsSIP was told that it stands
  #tries = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #watch: ReturnType<typeof setTimeout> | undefined;
  #sent: { at: number; text: string }[] = [];
  #queue: string[] = [];

  constructor(
    readonly url: string,
    on: SocketHandlers,
  ) {
    const { protocol, host } = new URL(url);
    this.via_transport = protocol === "wss:" ? "WSS" : "WS";
    this.sip_uri = `sip:${host};transport=ws`;
    this.#on = on;
  }

  isConnected(): boolean {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  isConnecting(): boolean {
    return this.#wanted && !this.isConnected();
  }

  connect() {
    if (this.#wanted) return;
    this.#wanted = true;
    // The browser knows first when the network is there again, or is another one.
    addEventListener("online", this.#again);
    network()?.addEventListener("change", this.#again);
    this.#open();
  }

  disconnect() {
    this.#wanted = this.#told = false;
    removeEventListener("online", this.#again);
    network()?.removeEventListener("change", this.#again);
    clearTimeout(this.#retry);
    this.#drop();
    this.#queue = this.#sent = [];
  }

  /** Sends a message now, or as soon as there is a connection. */
  send(message: string): boolean {
    const text = message.toString();
    if (!this.isConnected()) {
      // A registration that waited would only bind what is gone: a new one follows a new connection.
      if (!this.#wanted || this.#queue.length >= waiting || text.startsWith("REGISTER ")) return false;
      this.#queue.push(text);
      return true;
    }
    this.#put(text);
    return true;
  }

  /** Leaves this connection for a new one, as when the network is another. */
  renew() {
    if (!this.#wanted) return;
    this.#tries = 0;
    this.#broke();
  }

  #again = () => this.renew();

  #put(text: string) {
    const now = Date.now();
    this.#sent = [...this.#sent.filter((m) => now - m.at < onTheWay), { at: now, text }];
    this.#socket?.send(text);
  }

  #open() {
    this.#drop();
    const socket = new WebSocket(this.url, "sip"); // RFC 7118 §4.1
    socket.binaryType = "arraybuffer";
    this.#socket = socket;
    this.#watch = setTimeout(() => this.#broke(), openWithin);
    socket.onopen = () => {
      this.#tries = 0;
      const lost = this.#sent.filter((m) => Date.now() - m.at < onTheWay + pauses[1]! && !m.text.startsWith("REGISTER "));
      this.#sent = [];
      this.#listen();
      if (!this.#told) {
        this.#told = true;
        this.onconnect();
      }
      this.#on.opened();
      for (const text of [...lost.map((m) => m.text), ...this.#queue.splice(0)]) this.#put(text);
    };
    socket.onmessage = (e) => {
      this.#listen();
      if (e.data !== pong) this.ondata(e.data);
    };
    socket.onclose = () => this.#broke();
  }

  /** Asks in a while whether the far side is there, and takes no answer for a break. */
  #listen() {
    clearTimeout(this.#watch);
    this.#watch = setTimeout(() => {
      this.#socket?.send(ping);
      this.#watch = setTimeout(() => this.#broke(), pongWithin);
    }, pingEvery);
  }

  #broke() {
    this.#drop();
    if (!this.#wanted) return;
    const pause = pauses[Math.min(this.#tries, pauses.length - 1)]!;
    this.#on.broken(this.#tries++);
    clearTimeout(this.#retry);
    // Many pages lose their gateway in the same moment: they do not all come back in one.
    this.#retry = setTimeout(() => this.#wanted && this.#open(), pause * (0.75 + Math.random() / 2));
  }

  #drop() {
    clearTimeout(this.#watch);
    const socket = this.#socket;
    this.#socket = null;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }
}

/** The browser's view of its network, where it has one. */
function network(): EventTarget | undefined {
  return (navigator as Navigator & { connection?: EventTarget }).connection;
}
