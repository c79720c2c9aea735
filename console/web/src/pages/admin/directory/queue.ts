import { ask } from "../../../lib/api";
import { t } from "../../../strings";
import type { Entry, FieldSpec } from "../entry/fields";
import { kept, type Kind } from "../entry/kind";

const q = t.directory.queues;

function fields(others: string[], zones: string[]): FieldSpec[] {
  const [f, h] = [q.fields, q.hints];
  const queues = [{ value: "", label: q.noQueue }, ...others.map((name) => ({ value: name, label: name }))];
  const policy = { hint: h.policy, kind: "number", min: 0 } as const;
  return [
    { path: "numbers", label: f.numbers, hint: h.numbers, kind: "list", group: q.groups.numbers },
    { path: "fallback_for", label: f.fallback, kind: "list" },
    { path: "calling_name", label: f.calling, kind: "text", max: 100 },
    { path: "caller_id", label: f.caller, kind: "text", max: 16 },
    { path: "strategy", label: f.strategy, kind: "select", options: Object.entries(q.strategies).map(([value, label]) => ({ value, label })), group: q.groups.ringing },
    { path: "priority", label: f.priority, hint: h.priority, kind: "number", min: 1, max: 10 },
    { path: "ring_time_s", label: f.ring, ...policy, max: 600 },
    { path: "widen_s", label: f.widen, hint: h.widen, kind: "number", min: 0, max: 86400 },
    { path: "sticky_s", label: f.sticky, hint: h.sticky, kind: "number", min: 0, max: 7776000 },
    { path: "patience_s", label: f.patience, ...policy, max: 600 },
    { path: "office", label: f.office, kind: "text", max: 100 },
    { path: "language", label: f.language, hint: h.policy, kind: "text", max: 3 },
    { path: "show_caller", label: f.show, kind: "toggle" },
    { path: "record", label: f.record, kind: "toggle" },
    { path: "max_wait_s", label: f.maxWait, hint: h.maxWait, kind: "number", min: 0, max: 86400, group: q.groups.waiting },
    { path: "max_waiting", label: f.maxWaiting, kind: "number", min: 1, max: 10000 },
    { path: "overflow.queue", label: f.overflowQueue, hint: h.overflow, kind: "select", options: queues },
    { path: "overflow.number", label: f.overflowNumber, kind: "text", max: 64 },
    { path: "announce_s", label: f.announce, hint: h.announce, kind: "number", min: 0, max: 86400 },
    { path: "music", label: f.music, kind: "text", max: 63 },
    { path: "hours.week", label: f.week, hint: h.week, kind: "list", group: q.groups.hours },
    { path: "hours.dates", label: f.dates, hint: h.dates, kind: "list" },
    { path: "hours.zone", label: f.zone, kind: "text", names: zones, max: 64 },
    { path: "hours.closed.queue", label: f.closedQueue, hint: h.overflow, kind: "select", options: queues },
    { path: "hours.closed.number", label: f.closedNumber, kind: "text", max: 64 },
  ];
}

/** Hours without times are none; the others have all their parts. */
function whole(entry: Entry): Entry {
  const { hours, ...rest } = entry as Entry & { hours?: { week?: string[]; dates?: string[]; zone?: string } };
  if (!hours?.week?.length && !hours?.dates?.length) return rest;
  return { ...rest, hours: { ...hours, zone: hours.zone || "UTC", week: hours.week ?? [], dates: hours.dates ?? [] } };
}

export function queueKind(others: string[], zones: string[]): Kind {
  return {
    word: q.word,
    pattern: t.directory.agents.pattern,
    fresh: { strategy: "longest_idle", priority: 5 },
    fields: () => fields(others, zones),
    ...kept("/directory/queues"),
    write: (name, entry, guard) => ask("PUT", `/directory/queues/${encodeURIComponent(name)}`, whole(entry), guard),
  };
}
