// The SIP of the softphone: one account over one lasting connection, and its calls. It shows and decides nothing: what happens is
// told to whoever made it.

import type { UA } from "jssip";
import type { IncomingRTCSessionEvent, OutgoingRTCSessionEvent } from "jssip/lib/UA";
import type { RTCSession, TerminateOptions } from "jssip/lib/RTCSession";
import { LastingSocket } from "./socket";
import { after, isUp, type Turn } from "./machine";
import { microphoneTrouble } from "./trouble";
import type { PhoneCall, Trouble } from "./types";

/** What the gateway gave this page to register with. */
export interface Account {
  uri: string;
  server: string;
  user: string;
  password: string;
  ice: string[];
}

export interface LineHandlers {
  /** The calls are others now, or changed. */
  calls(calls: PhoneCall[]): void;
  registered(): void;
  /** The connection broke, for the first time (0) or again, or the registration ended. */
  lost(tries: number): void;
  /** The gateway does not take the account. */
  refused(): void;
  trouble(trouble: Trouble | "", detail?: string): void;
  /** Opens the microphone for a call. */
  microphone(): Promise<MediaStream>;
  /** What is to be played; null: nothing. */
  hear(stream: MediaStream | null): void;
}

interface Session {
  shown: PhoneCall;
  sip: RTCSession;
  stream: MediaStream | null;
  unsettled: boolean; // a change of it came to nothing, and is tried again
  before: boolean; // it is older than the connection
  ice: ReturnType<typeof setTimeout> | undefined;
}

const lasting = 300; // s that a registration is asked for; JsSIP refreshes it well before
const pathWithin = 8_000; // ms for audio to find its way

export class Line {
  #on: LineHandlers;
  #ua: UA;
  #socket: LastingSocket;
  #sessions = new Map<string, Session>();
  #ice: RTCIceServer[];
  #over = false;

  constructor(jssip: typeof import("jssip"), account: Account, instance: string, on: LineHandlers) {
    this.#on = on;
    this.#ice = account.ice.map((urls) => ({ urls }));
    const url = new URL(account.server, location.href);
    url.protocol = url.protocol.replace("http", "ws");
    let first = true;
    this.#socket = new LastingSocket(url.href, {
      opened: () => {
        if (!first) this.#register();
        first = false;
      },
      broken: (tries) => {
        // The registration went with the connection (RFC 5626 §4.2.1), the calls did not.
        if (tries === 0) (this.#ua.registrator() as unknown as { onTransportClosed(): void }).onTransportClosed();
        for (const s of this.#sessions.values()) s.before = true;
        on.lost(tries);
      },
    });
    this.#ua = new jssip.UA({
      sockets: this.#socket, uri: account.uri, authorization_user: account.user, password: account.password, instance_id: instance,
      register_expires: lasting, session_timers: true, user_agent: "Telagent page",
    });
    this.#ua.on("registered", () => {
      on.registered();
      for (const s of this.#sessions.values()) this.#mend(s);
    });
    this.#ua.on("registrationFailed", (e) => {
      const status = e.response?.status_code as number | undefined;
      if (status === 401 || status === 403) on.refused();
      else {
        // JsSIP leaves it at that, also when no answer came: nobody would ring here any more, and nothing would say so.
        if (!this.#over) on.lost(0);
        setTimeout(() => this.#register(), 1_000);
      }
    });
    this.#ua.on("newRTCSession", (e: IncomingRTCSessionEvent | OutgoingRTCSessionEvent) => this.#take(e));
    this.#ua.start();
  }

  get calls(): PhoneCall[] {
    return [...this.#sessions.values()].map((s) => s.shown);
  }

  /** The calls that were being dialled when the connection broke: a gateway that was started anew knows nothing of them, and does not say so. */
  get unfinished(): string[] {
    return [...this.#sessions.values()].filter((s) => s.before && s.shown.phase === "dialling").map((s) => s.shown.id);
  }

  /** Takes the connection for broken, as when the page knows more than it. */
  renew() {
    this.#socket.renew();
  }

  /** Registers with another account of the same agent, as when the old one is worth nothing any more. Calls go on. */
  admit(account: Account) {
    this.#ua.set("authorization_user", account.user);
    this.#ua.set("password", account.password);
    this.#register();
  }

  /** Registers, if there is a connection; a new one registers anyway. */
  #register() {
    if (!this.#over && this.#socket.isConnected()) this.#ua.register();
  }

  /** Signs off. A call is left, not ended: its customer stays with the gateway. */
  stop() {
    this.#over = true;
    for (const s of this.#sessions.values()) {
      clearTimeout(s.ice);
      s.sip.connection?.close();
    }
    this.#sessions.clear();
    if (this.#ua.isRegistered()) this.#ua.unregister();
    setTimeout(() => this.#socket.disconnect(), 200);
    this.#on.hear(null);
    this.#on.calls([]);
  }

  async answer(id: string) {
    const s = this.#sessions.get(id);
    if (!s || s.shown.phase !== "ringing") return;
    this.#turn(s, { is: "taken" });
    try {
      const mediaStream = await this.#on.microphone();
      if (!this.#sessions.has(id)) return this.#release(mediaStream); // the caller gave up meanwhile
      // Whoever is given his call back has it no more on what he had it on before.
      for (const other of this.#sessions.values()) if (other !== s && s.shown.returns) this.#leave(other);
      s.sip.answer({ mediaStream, pcConfig: { iceServers: this.#ice } });
      this.#on.trouble("");
    } catch (e) {
      this.#turn(s, { is: "refused" });
      const { trouble, detail } = microphoneTrouble(e);
      this.#on.trouble(trouble, detail);
    }
  }

  async dial(to: string) {
    if (this.#sessions.size > 0) return;
    let mediaStream: MediaStream | undefined;
    try {
      mediaStream = await this.#on.microphone();
      if (this.#over) return this.#release(mediaStream);
      this.#ua.call(to, { mediaStream, pcConfig: { iceServers: this.#ice } });
      this.#on.trouble("");
    } catch (e) {
      this.#release(mediaStream);
      const { trouble, detail } = microphoneTrouble(e);
      this.#on.trouble(trouble, detail);
    }
  }

  /** Closes a microphone that was opened for a call that there is not. */
  #release(stream: MediaStream | undefined) {
    if (this.#sessions.size === 0) stream?.getTracks().forEach((track) => track.stop());
  }

  hangup(id: string) {
    const s = this.#sessions.get(id);
    if (!s) return;
    // RFC 3261 §21.6.2: this person takes no call now, wherever else he could be rung
    if (s.shown.phase === "ringing") s.sip.terminate({ status_code: 603, reason_phrase: "Decline", cause: hangUp });
    else s.sip.terminate({ cause: hangUp });
  }

  hold(id: string) {
    const s = this.#sessions.get(id);
    if (s && !s.sip.hold()) s.unsettled = s.sip.isOnHold().local;
  }

  resume(id: string) {
    this.#sessions.get(id)?.sip.unhold();
  }

  mute(id: string, on: boolean) {
    const s = this.#sessions.get(id);
    if (!s) return;
    if (on) s.sip.mute({ audio: true });
    else s.sip.unmute({ audio: true });
  }

  /** RFC 4733: a key is part of the audio. */
  press(id: string, key: string) {
    const s = this.#sessions.get(id);
    const sender = s?.sip.connection?.getSenders().find((to) => to.dtmf);
    if (isUp(s?.shown) && sender?.dtmf?.canInsertDTMF) sender.dtmf.insertDTMF(sender.dtmf.toneBuffer + key, 120, 70);
  }

  /** Lets every call hear another microphone. */
  async speakInto(stream: MediaStream) {
    const track = stream.getAudioTracks()[0];
    if (!track) return;
    for (const s of this.#sessions.values()) {
      track.enabled = !s.shown.muted;
      await s.sip.connection?.getSenders().find((to) => to.track?.kind === "audio" || to.dtmf)?.replaceTrack(track);
    }
  }

  #take(e: IncomingRTCSessionEvent | OutgoingRTCSessionEvent) {
    const sip = e.session as RTCSession;
    const incoming = sip.direction === "incoming";
    // RFC 5373 §4: the gateway gives back what was taken here already
    const returns = incoming && /^\s*auto\b/i.test(e.request.getHeader("Answer-Mode") ?? "");
    const other = sip.remote_identity;
    const user = String(other.uri.user ?? "");
    const number = /^anonymous$/i.test(user) ? "" : user;
    const answered = incoming && !returns && this.#ringsAnew(number);
    if (incoming && !returns && this.#sessions.size > 0) {
      sip.terminate({ status_code: 486, reason_phrase: "Busy Here" });
      return;
    }
    const shown: PhoneCall = {
      id: sip.id, direction: incoming ? "in" : "out", phase: incoming ? "ringing" : "dialling", since: Date.now(), muted: false, waits: false, returns,
      number, name: other.display_name ?? "",
    };
    const s: Session = { shown, sip, stream: null, unsettled: false, before: false, ice: undefined };
    this.#sessions.set(shown.id, s);
    this.#lastThrough(s);
    sip.on("peerconnection", ({ peerconnection }) => this.#follow(s, peerconnection));
    if (sip.connection) this.#follow(s, sip.connection);
    sip.on("accepted", () => incoming || this.#turn(s, { is: "up" }));
    sip.on("confirmed", () => this.#turn(s, { is: "up" }));
    sip.on("hold", ({ originator }) => this.#turn(s, { is: "held", here: String(originator) === "local" }));
    sip.on("unhold", ({ originator }) => this.#turn(s, { is: "resumed", here: String(originator) === "local" }));
    sip.on("muted", () => this.#turn(s, { is: "muted", on: true }));
    sip.on("unmuted", () => this.#turn(s, { is: "muted", on: false }));
    sip.on("ended", () => this.#gone(s));
    sip.on("failed", () => this.#gone(s));
    this.#tell();
    if (answered) void this.answer(shown.id);
  }

  /**
   * What rang when the connection ended with the gateway's process is rung anew by the next one, which may not have taken it back yet.
   * Returns whether a call from a number was about to be answered.
   */
  #ringsAnew(number: string): boolean {
    let answered = false;
    for (const s of this.#sessions.values()) {
      const { direction, phase } = s.shown;
      if (!s.before || direction !== "in" || isUp(s.shown)) continue;
      answered ||= phase === "answering" && s.shown.number === number;
      s.sip.terminate({ status_code: 480, reason_phrase: "Temporarily Unavailable", cause: hangUp });
      this.#gone(s);
    }
    return answered;
  }

  /**
   * JsSIP ends a call when a change of it fails, when an answer is late or when ICE loses its way. None of these is a person who
   * hangs up, and the audio may go on: what ends a call is a BYE, or a dialog that the gateway does not know any more.
   */
  #lastThrough(s: Session) {
    const terminate = s.sip.terminate.bind(s.sip);
    s.sip.terminate = (o?: TerminateOptions) => {
      const passes = isUp(s.shown) && o?.cause !== undefined && temporary.has(String(o.cause)) && o.reason_phrase !== "Session Timer Expired";
      if (passes) s.unsettled = true;
      else terminate(o);
    };
  }

  #follow(s: Session, pc: RTCPeerConnection) {
    pc.addEventListener("track", (e) => {
      s.stream = e.streams[0] ?? new MediaStream([e.track]);
      this.#on.hear(s.stream);
    });
    const look = () => {
      clearTimeout(s.ice);
      switch (pc.iceConnectionState) {
        case "connected":
        case "completed":
          this.#on.trouble("");
          break;
        case "checking":
          s.ice = setTimeout(() => this.#on.trouble("no_path"), pathWithin);
          break;
        case "failed":
          this.#on.trouble("no_path");
          this.#restart(s);
          break;
        case "disconnected":
          s.ice = setTimeout(() => this.#restart(s), 1_000);
          break;
      }
    };
    pc.addEventListener("iceconnectionstatechange", look);
  }

  /** Says anew where this browser is, as after a change of its network. */
  #restart(s: Session) {
    if (!isUp(s.shown) || !this.#socket.isConnected()) {
      s.unsettled = true; // as soon as it is registered again
      return;
    }
    s.unsettled = !s.sip.renegotiate({ rtcOfferConstraints: { iceRestart: true } });
  }

  /** Does again what came to nothing while the connection was gone. */
  #mend(s: Session) {
    const lostWay = ["disconnected", "failed"].includes(s.sip.connection?.iceConnectionState ?? "");
    if (isUp(s.shown) && (s.unsettled || lostWay)) s.unsettled = !s.sip.renegotiate(lostWay ? { rtcOfferConstraints: { iceRestart: true } } : {});
  }

  /** Lets go of a call that goes on elsewhere; the gateway says goodbye to it. */
  #leave(s: Session) {
    clearTimeout(s.ice);
    s.sip.connection?.close();
    this.#sessions.delete(s.shown.id);
    this.#tell();
  }

  #turn(s: Session, turn: Turn) {
    if (this.#over) return;
    const shown = after(s.shown, turn, Date.now());
    if (shown === s.shown) return;
    s.shown = shown;
    this.#tell();
  }

  #gone(s: Session) {
    if (this.#over) return;
    clearTimeout(s.ice);
    if (!this.#sessions.delete(s.shown.id)) return;
    if (this.#sessions.size === 0) this.#on.hear(null);
    this.#tell();
  }

  #tell() {
    this.#on.calls(this.calls);
  }
}

const hangUp = "Terminated"; // JsSIP's word for what a person does (causes.BYE)
// JsSIP's words (Constants.causes) for what passes.
const temporary = new Set(["Connection Error", "Request Timeout", "RTP Timeout", "WebRTC Error"]);
