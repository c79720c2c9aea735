import { getContext, onDestroy, setContext } from "svelte";
import { Phone } from "./phone.svelte";

const key = Symbol("phone");

/** Holds an agent's softphone for all pages of the frame, from now until the frame goes; nobody's for who is no agent. */
export function holdPhone(agent: string | undefined) {
  const phone = agent ? new Phone(agent) : null;
  setContext(key, phone);
  phone?.start();
  onDestroy(() => phone?.stop());
}

/** The softphone of who is signed in; null: he is no agent. */
export function usePhone(): Phone | null {
  return getContext<Phone | null>(key) ?? null;
}
