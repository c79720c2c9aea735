// The browser's tabs share one session: who signs in or out in one does so in all.
export type Word = "signed-in" | "signed-out";

const channel = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel("telagent");

/** Tells the other tabs. */
export function tellTabs(word: Word) {
  channel?.postMessage(word);
}

/** Hears what other tabs tell. */
export function hearTabs(heard: (word: Word) => void) {
  if (channel) channel.onmessage = (e: MessageEvent<Word>) => heard(e.data);
}
