import { plural } from "./plural";

// Words around every page: the top bar, banners, messages.
export const frame = {
  skip: "Skip to the page",
  pages: "Pages",
  role: (role: string) => ({ agent: "Agent", supervisor: "Supervisor", admin: "Administrator" })[role] ?? role,
  live: "Live",
  connecting: "Connecting…",
  offline: "Not connected",
  lost: (since: string) => `Connection lost. Trying again… What you see is from ${since}.`,
  alarms: (n: number) => plural(n, "alarm", "alarms"),
  toAlarms: "Show on Monitoring",
  told: "Messages",
  userMenu: (user: string) => `${user}: appearance and sign-out`,
  theme: { label: "Appearance", auto: "As the system", light: "Light", dark: "Dark" },
  signOut: "Sign out",
  notSignedOut: (why: string) => `You are still signed in. ${why}`,
  signedOutElsewhere: "You signed out in another tab.",
  pageLost: "This page could not be loaded. The gateway may have been updated, or the connection is gone.",
  reload: "Load again",
  nothing: "There is no page for you here. Ask your administrator about your role.",
};
