import { ask, Refused } from "../api";
import { type Account, Line } from "./line";
import { Leader } from "./leader";
import { foremost, isUp } from "./machine";
import { hadCall, instanceID, keepSettings, noteCall, onSettings, readSettings } from "./settings";
import { canChooseLoudspeaker, Sound } from "./sound";
import { microphoneTrouble } from "./trouble";
import type { Device, PhoneCall, PhoneLike, PhoneState, Settings, Trouble, Wish } from "./types";

const nothing: PhoneState = { connection: "off", calls: [], trouble: "", detail: "", levels: { microphone: 0, loudspeaker: 0 } };
const levelEvery = 120; // ms
const askAgain = 1_500; // ms, when the gateway gives no account

/** The agent's softphone in this browser. One tab holds it, every tab shows it. Make one with the agent's id, and start it. */
export class Phone implements PhoneLike {
  #state = $state.raw<PhoneState>(nothing);
  leader = $state(false);
  settings = $state.raw<Settings>(readSettings());
  microphones = $state.raw<Device[]>([]);
  loudspeakers = $state.raw<Device[]>([]);
  readonly canChooseLoudspeaker = canChooseLoudspeaker;

  #agent: string;
  #sound: Sound | null = null;
  #line: Line | null = null;
  #leader: Leader | null = null;
  #wanted = false;
  #refusals = 0; // in a row
  #lostCall = false; // this browser had one when its page went
  #again: ReturnType<typeof setTimeout> | undefined;
  #meter: ReturnType<typeof setInterval> | undefined;
  #leaves: (() => void)[] = [];

  constructor(agent: string) {
    this.#agent = agent;
  }

  get connection() {
    return this.#state.connection;
  }
  get registered() {
    return this.#state.connection === "up";
  }
  get calls() {
    return this.#state.calls;
  }
  get call(): PhoneCall | null {
    return foremost(this.#state.calls);
  }
  get trouble() {
    return this.#state.trouble;
  }
  get detail() {
    return this.#state.detail;
  }
  get levels() {
    return this.#state.levels;
  }

  start() {
    if (this.#wanted) return;
    this.#wanted = true;
    if (!isSecureContext || !navigator.mediaDevices) {
      this.#show({ ...nothing, trouble: "insecure" });
      return;
    }
    const devices = () => void this.#lookAtDevices();
    navigator.mediaDevices.addEventListener("devicechange", devices);
    this.#leaves.push(
      () => navigator.mediaDevices.removeEventListener("devicechange", devices),
      onSettings((settings) => this.#use(settings)),
    );
    devices();
    this.#leader = new Leader(this.#agent, {
      leads: () => this.#lead(),
      shows: (state) => (this.#state = state),
      wishes: (wish) => this.#do(wish),
      asks: () => this.#leader?.show(this.#state),
    });
  }

  stop() {
    this.#wanted = false;
    clearTimeout(this.#again);
    clearInterval(this.#meter);
    for (const leave of this.#leaves.splice(0)) leave();
    this.#line?.stop();
    this.#line = null;
    this.#sound?.end();
    this.#sound = null;
    this.#show(nothing);
    this.#leader?.leave();
    this.#leader = null;
    this.leader = false;
  }

  answer(call?: string) {
    this.#wish({ do: "answer", ...about(call) });
  }
  hangup(call?: string) {
    this.#wish({ do: "hangup", ...about(call) });
  }
  hold(call?: string) {
    this.#wish({ do: "hold", ...about(call) });
  }
  resume(call?: string) {
    this.#wish({ do: "resume", ...about(call) });
  }
  mute(on: boolean, call?: string) {
    this.#wish({ do: "mute", on, ...about(call) });
  }
  press(key: string, call?: string) {
    this.#wish({ do: "press", key, ...about(call) });
  }
  dial(to: string) {
    this.#wish({ do: "dial", to });
  }

  set(change: Partial<Settings>) {
    const settings = { ...this.settings, ...change };
    keepSettings(settings);
    this.#use(settings);
  }

  async allow() {
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
      stream.getTracks().forEach((t) => t.stop());
      if (this.settings.notify && Notification.permission === "default") await Notification.requestPermission();
      if (this.#state.trouble !== "silent_tab" || (await this.#sound?.mayPlay())) this.#trouble("");
      await this.#lookAtDevices();
    } catch (e) {
      const { trouble, detail } = microphoneTrouble(e);
      this.#trouble(trouble, detail);
    }
  }

  #wish(wish: Wish) {
    if (this.leader) this.#do(wish);
    else this.#leader?.wish(wish);
  }

  #do(wish: Wish) {
    const line = this.#line;
    if (!line) return;
    const id = "call" in wish && wish.call ? wish.call : (foremost(this.#state.calls)?.id ?? "");
    switch (wish.do) {
      case "answer":
        return void line.answer(id);
      case "hangup":
        return line.hangup(id);
      case "hold":
        return line.hold(id);
      case "resume":
        return line.resume(id);
      case "mute":
        return line.mute(id, wish.on);
      case "press":
        return line.press(id, wish.key);
      case "dial":
        return void line.dial(wish.to);
    }
  }

  #lead() {
    this.leader = true;
    this.#lostCall = hadCall(this.#agent);
    this.#sound = new Sound();
    void this.#sound.playOn(this.settings.loudspeaker);
    this.#show({ ...nothing, connection: "connecting" });
    void this.#connect();
  }

  /** Gets an account for this page and registers with it. */
  async #connect() {
    clearTimeout(this.#again);
    try {
      const [jssip, account] = await Promise.all([import("jssip"), ask<Account>("POST", "/softphone")]);
      if (!this.#wanted) return;
      if (this.#line) return this.#line.admit(account);
      this.#line = new Line(jssip, account, instanceID(), {
        calls: (calls) => this.#called(calls),
        registered: () => this.#registered(),
        lost: (tries) => this.#lost(tries),
        refused: () => this.#refused(),
        trouble: (trouble, detail) => this.#trouble(trouble, detail),
        microphone: async () => {
          const stream = await this.#sound!.open(this.settings.microphone);
          void this.#lookAtDevices(); // they have names from the first permission on
          return stream;
        },
        hear: (stream) => this.#hear(stream),
      });
    } catch (e) {
      if (!this.#wanted) return;
      if (e instanceof Refused && e.status === 401) return this.#trouble("signed_out");
      if (e instanceof Refused && e.status === 403) return this.#show(nothing); // who is no agent, or a gateway without them, has no phone
      if (!(e instanceof Refused && e.status === 0)) this.#trouble("failed", e instanceof Error ? e.message : String(e));
      this.#again = setTimeout(() => void this.#connect(), askAgain);
    }
  }

  #lost(tries: number) {
    const was = this.#state.connection;
    this.#show({ ...this.#state, connection: was === "up" ? "lost" : was });
    // A WebSocket does not say why it is not let in. When the session is over, asking is answered.
    if (tries > 0 && tries % 4 === 0) {
      ask("GET", "/me").catch((e: unknown) => {
        if (e instanceof Refused && e.status === 401) this.#trouble("signed_out");
      });
    }
  }

  #registered() {
    this.#refusals = 0;
    const passed = ["refused", "failed", "signed_out"].includes(this.#state.trouble);
    this.#show({ ...this.#state, connection: "up", ...(passed ? { trouble: "" as const, detail: "" } : {}) });
    if (this.#lostCall) void this.regain();
    if (this.#line?.unfinished.length) void this.#giveUp();
  }

  /** Lets go of calls that were being dialled, if the gateway knows of none. */
  async #giveUp() {
    try {
      const me = await ask<{ call?: string }>("GET", "/agents/" + encodeURIComponent(this.#agent));
      if (!me.call) for (const id of this.#line?.unfinished ?? []) this.#line?.hangup(id);
    } catch {
      // the next registration asks again
    }
  }

  /** Asks for the call that the agent is in on his softphone and that this page does not have: it rings here, and is taken. */
  async regain(tries = 5): Promise<void> {
    this.#lostCall = false;
    if (this.#state.calls.length > 0) return;
    try {
      await ask("POST", "/softphone/call");
    } catch (e) {
      // The gateway takes a moment to know that the phone is back.
      if (tries > 0 && e instanceof Refused && (e.status === 0 || e.code === "softphone_unreachable")) {
        await new Promise((done) => setTimeout(done, 300));
        return this.#wanted ? this.regain(tries - 1) : undefined;
      }
      noteCall(this.#agent, false);
    }
  }

  /** The account is worth nothing any more, as after a restart of the gateway: another one is asked for, and a live call goes on. */
  #refused() {
    if (++this.#refusals > 2) this.#trouble("refused");
    clearTimeout(this.#again);
    this.#again = setTimeout(() => void this.#connect(), this.#refusals > 1 ? askAgain * this.#refusals : 0);
  }

  #called(calls: PhoneCall[]) {
    const before = this.#state.calls;
    const rings = calls.some((c) => c.phase === "ringing");
    const came = calls.filter((c) => c.phase === "ringing" && !before.some((b) => b.id === c.id));
    this.#show({ ...this.#state, calls });
    for (const c of came) {
      if (c.returns || this.settings.autoAnswer) void this.#line?.answer(c.id);
      else this.#notify(c);
    }
    if (rings && came.some((c) => !c.returns)) void this.#ring();
    if (!rings) this.#sound?.hush();
    if (calls.length === 0) this.#sound?.close();
    if (calls.some(isUp) !== before.some(isUp) && this.#wanted) noteCall(this.#agent, calls.some(isUp));
  }

  async #ring() {
    const may = await this.#sound?.mayPlay();
    if (!may) this.#trouble("silent_tab");
    if (this.#state.calls.some((c) => c.phase === "ringing")) await this.#sound?.ring(this.settings.ringer, this.settings.ringVolume);
  }

  #notify(call: PhoneCall) {
    if (!this.settings.notify || !document.hidden || typeof Notification === "undefined" || Notification.permission !== "granted") return;
    const shown = new Notification(call.name || call.number || "…", { body: call.name ? call.number : "", tag: "telagent-call" });
    shown.onclick = () => {
      focus();
      shown.close();
    };
  }

  #hear(stream: MediaStream | null) {
    this.#sound?.hear(stream);
    clearInterval(this.#meter);
    this.#meter = undefined;
    if (stream) this.#meter = setInterval(() => this.#show({ ...this.#state, levels: this.#sound?.levels() ?? nothing.levels }), levelEvery);
    else this.#show({ ...this.#state, levels: nothing.levels });
  }

  #use(settings: Settings) {
    const was = this.settings;
    this.settings = settings;
    if (!this.leader || !this.#sound) return;
    if (settings.loudspeaker !== was.loudspeaker) void this.#sound.playOn(settings.loudspeaker);
    if (settings.microphone !== was.microphone) void this.#speak();
  }

  /** Lets a live call hear the microphone that is chosen now. */
  async #speak() {
    if (!this.#sound || !this.#state.calls.some(isUp)) return;
    try {
      await this.#line?.speakInto(await this.#sound.open(this.settings.microphone));
    } catch (e) {
      const { trouble, detail } = microphoneTrouble(e);
      this.#trouble(trouble, detail);
    }
  }

  async #lookAtDevices() {
    const all = await navigator.mediaDevices.enumerateDevices();
    const of = (kind: MediaDeviceKind) =>
      all.filter((d) => d.kind === kind && d.deviceId && d.deviceId !== "default" && d.deviceId !== "communications").map((d) => ({ id: d.deviceId, label: d.label }));
    const had = this.microphones;
    this.microphones = of("audioinput");
    this.loudspeakers = of("audiooutput");
    if (!this.leader || had.length === 0) return;
    // The chosen one was pulled out, or is back: a live call follows.
    const chosen = (list: Device[]) => list.some((d) => d.id === this.settings.microphone);
    if (this.settings.microphone ? chosen(had) !== chosen(this.microphones) : had.length !== this.microphones.length) await this.#speak();
    void this.#sound?.playOn(this.loudspeakers.some((d) => d.id === this.settings.loudspeaker) ? this.settings.loudspeaker : "");
  }

  #trouble(trouble: Trouble | "", detail = "") {
    this.#show({ ...this.#state, trouble, detail });
  }

  #show(state: PhoneState) {
    this.#state = state;
    this.#leader?.show(state);
  }
}

function about(call: string | undefined): { call?: string } {
  return call === undefined ? {} : { call };
}
