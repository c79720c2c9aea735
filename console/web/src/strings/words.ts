// Words that several pages share: statuses, reasons, calls, devices.

const statuses: Record<string, string> = {
  offline: "Offline",
  not_ready: "Not ready",
  available: "Available",
  away: "Away",
  on_break: "On break",
  ringing: "Ringing",
  in_line: "In line",
  acw: "After-call work",
  cut_off: "Cut off",
};

const reasons: Record<string, string> = {
  RNA: "did not answer",
  SIGN_ON: "just signed on",
  IDLE_TIMEOUT: "idle too long",
  DEVICE_LOST: "phone lost",
  FORCED_LOGOUT_BY_SUPERVISOR: "logged out by supervisor",
};

const results: Record<string, string> = {
  done: "done",
  busy: "the phone was busy",
  no_answer: "nobody answered",
  declined: "the call was declined",
  unreachable: "the phone cannot be reached",
  trunk_fault: "the trunk failed",
  no_capacity: "no trunk channel was free",
  no_confirm: "nobody pressed 1",
  cancelled: "the customer hung up",
  lost: "the connection was lost",
  moved: "replaced by another switch",
  forced: "ended by a supervisor",
  softphone_back: "the softphone came back",
};

const callStates: Record<string, string> = {
  waiting: "waiting",
  offering: "ringing",
  talking: "talking",
  dialling: "being called",
  held: "on hold",
  consulting: "on hold, advice is asked",
  transferring: "being handed on",
  cut_off: "hears comfort audio",
  outside: "with somebody outside",
  leaving: "hears a last sentence",
};

const parts: Record<string, string> = {
  primary: "serves",
  consult: "is asked",
  conference: "conference",
  monitor: "listens",
  whisper: "whispers",
  barge: "barged in",
};

export const words = {
  product: "Telagent",
  loading: "Loading…",
  close: "Close",
  cancel: "Cancel",
  unknownError: "Something went wrong. Try again.",
  noServer: "The gateway does not answer. Check the network and try again.",
  dismiss: "Dismiss",
  chart: { asTable: "Figures as a table", label: "Of" },
  sortBy: (column: string) => `Sort by ${column}`,
  device: {
    softphone: "Softphone",
    phone: "Telagent",
    desk: "Desk phone",
    none: "No phone",
    reachable: "reachable",
    unreachable: "unreachable",
    unknown: "reach not known",
  },
  vocabularies: { tencent: "Tencent", sinch: "Sinch", expertflow: "Expertflow", intermedia: "Intermedia", ocelot: "Ocelot" } as Record<string, string>,
  call: {
    withheld: "Number withheld",
    state: (state: string) => callStates[state] ?? state,
    part: (part: string) => parts[part] ?? part,
    guest: (name: string, mode: string) => `${name} (${parts[mode] ?? mode})`,
    with: (guests: string) => `with ${guests}`,
    recorded: "Recorded",
    paused: "Recording paused",
    actions: (name: string) => `Call of ${name}`,
  },
  switching: {
    underWay: (to: string) => `Calling ${to}`,
    done: (to: string) => `Moved to ${to}`,
    failed: (result: string) => `Failed: ${results[result] ?? result.replaceAll("_", " ")}`,
    at: (time: string, by?: string) => (by ? `${time} by ${by}` : time),
  },
  status: (status: string) => statuses[status] ?? status,
  reason: (reason: string) => reasons[reason] ?? reason,
};
