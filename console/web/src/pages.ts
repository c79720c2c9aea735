// The pages of the console: who may open them, and what is loaded when somebody does. A page is entered here, and its
// title in strings; everything else about it is in its own folder.
import type { Component } from "svelte";
import type { Me } from "./lib/api";
import type { Floor } from "./lib/floor.svelte";
import { t } from "./strings";

/** What every page is given: who is signed in, what happens on the floor, and what stands in the address after its name. */
export interface PageProps {
  user: Me;
  floor: Floor;
  rest: string;
}

export interface Page {
  /** Its place in the address: #/id or #/id/rest. */
  id: string;
  title: string;
  roles: Me["role"][];
  /** Only for who is an agent, whatever else he is. */
  agents?: boolean;
  /** It stands in the user's menu instead of the navigation. */
  ownMenu?: boolean;
  component: () => Promise<{ default: Component<PageProps> }>;
}

export const pages: Page[] = [
  {
    id: "agent",
    title: t.agent.title,
    roles: ["agent", "supervisor"],
    agents: true,
    component: () => import("./pages/agent/Agent.svelte"),
  },
  {
    id: "monitoring",
    title: t.monitoring.title,
    roles: ["agent", "supervisor", "admin"],
    component: () => import("./pages/monitoring/Monitoring.svelte"),
  },
  {
    id: "calls",
    title: t.calls.title,
    roles: ["supervisor", "admin"],
    component: () => import("./pages/calls/Calls.svelte"),
  },
  {
    id: "directory",
    title: t.directory.title,
    roles: ["supervisor", "admin"],
    component: () => import("./pages/admin/directory/Directory.svelte"),
  },
  {
    id: "reports",
    title: t.reports.title,
    roles: ["supervisor", "admin"],
    component: () => import("./pages/reports/Reports.svelte"),
  },
  {
    id: "schedules",
    title: t.schedules.title,
    roles: ["supervisor", "admin"],
    component: () => import("./pages/admin/schedules/Schedules.svelte"),
  },
  {
    id: "rules",
    title: t.rules.title,
    roles: ["supervisor", "admin"],
    component: () => import("./pages/admin/rules/Rules.svelte"),
  },
  {
    id: "lines",
    title: t.lines.title,
    roles: ["supervisor", "admin"],
    component: () => import("./pages/admin/lines/Lines.svelte"),
  },
  {
    id: "security",
    title: t.security.title,
    roles: ["supervisor", "admin"],
    component: () => import("./pages/admin/security/Security.svelte"),
  },
  {
    id: "account",
    title: t.account.title,
    roles: ["agent", "supervisor", "admin"],
    ownMenu: true,
    component: () => import("./pages/account/Account.svelte"),
  },
];

/** The pages that a user may open. */
export function pagesOf(user: Me): Page[] {
  return pages.filter((p) => p.roles.includes(user.role) && (!p.agents || !!user.agent));
}

/** Where a user begins. */
export function landing(user: Me): Page | undefined {
  const own = pagesOf(user);
  return own.find((p) => p.id === (user.role === "agent" ? "agent" : "monitoring")) ?? own[0];
}
