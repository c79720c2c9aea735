// What the softphone shows and takes. The tab that holds the phone makes a PhoneState, all tabs of this browser show it and
// send Wishes. Nothing here knows SIP, Svelte or the DOM.

/** How far a call on this phone is: it rings here, it rings there, it is being answered, it is up, it is on hold here. */
export type Phase = "ringing" | "dialling" | "answering" | "talking" | "held";

export interface PhoneCall {
  /** Of this phone alone; the gateway's call is found by the agent's `call`. */
  id: string;
  direction: "in" | "out";
  phase: Phase;
  /** As the gateway shows it; empty: withheld. */
  number: string;
  name: string;
  /** When the phase began, ms of this browser's clock. */
  since: number;
  muted: boolean;
  /** The other side has put this phone on hold. */
  waits: boolean;
  /** The gateway says that it is to be taken without a question: the agent was in it already. */
  returns: boolean;
}

/** off: not wanted; connecting: for the first time; up: registered; lost: it was up and is being tried again. */
export type Connection = "off" | "connecting" | "up" | "lost";

/** What keeps the phone from working, each with words in strings/phone.ts. */
export type Trouble =
  | "insecure" // no secure context: the browser has no microphone for the page
  | "denied" // the user, or the browser's policy, keeps the microphone
  | "no_microphone"
  | "microphone_busy" // another program has it
  | "refused" // the gateway does not take the registration
  | "signed_out" // the session is over
  | "silent_tab" // the browser lets the page make no sound before somebody clicks
  | "no_path" // no audio gets through: a firewall between this browser and the gateway's media ports
  | "failed"; // anything else; detail has the browser's words

export interface PhoneState {
  connection: Connection;
  calls: PhoneCall[];
  trouble: Trouble | "";
  detail: string;
  /** Loudness of the last moments, 0..1: what the microphone hears, and what the other side says. */
  levels: { microphone: number; loudspeaker: number };
}

/** What any tab can ask of the phone. Without a call it is about the only one. */
export type Wish =
  | { do: "answer" | "hangup" | "hold" | "resume"; call?: string }
  | { do: "mute"; on: boolean; call?: string }
  | { do: "press"; key: string; call?: string }
  | { do: "dial"; to: string };

/** How this browser is set up; kept in it, and the same in all its tabs. */
export interface Settings {
  /** deviceId of each; empty: the browser's own choice. */
  microphone: string;
  loudspeaker: string;
  ringer: string;
  /** Calls are taken without a click. */
  autoAnswer: boolean;
  /** Show a notification of the browser when it rings and no tab is seen. */
  notify: boolean;
  /** 0..1 */
  ringVolume: number;
}

export interface Device {
  id: string;
  label: string;
}

/** The interface of `Phone` in phone.svelte.ts, all of it reactive. */
export interface PhoneLike extends PhoneState {
  /** This tab holds the phone; the others show it and send wishes. */
  readonly leader: boolean;
  /** connection is up. */
  readonly registered: boolean;
  /** The call that matters: the one that is up, else the one that rings. */
  readonly call: PhoneCall | null;
  readonly settings: Settings;
  readonly microphones: Device[];
  readonly loudspeakers: Device[];
  /** The browser can play on another device than its default. */
  readonly canChooseLoudspeaker: boolean;

  start(): void;
  /** Signs the phone off; a live call goes on without it until the gateway notices. */
  stop(): void;
  answer(call?: string): void;
  hangup(call?: string): void;
  hold(call?: string): void;
  resume(call?: string): void;
  mute(on: boolean, call?: string): void;
  press(key: string, call?: string): void;
  dial(to: string): void;
  /** Asks the gateway for the call that the agent is in and that no page of his has. */
  regain(): Promise<void>;
  set(change: Partial<Settings>): void;
  /** Asks for the microphone, so that the browser's question does not come with the first call. */
  allow(): Promise<void>;
}
