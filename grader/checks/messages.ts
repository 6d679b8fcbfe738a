/**
 * Everything a check can say, as ids with the values each one names. Words are in `messages.en.ts`.
 *
 * An id is kept for good, because stored attempts name it.
 */
import type { Message } from "../verdict.ts";

type Kind = "text" | "number" | "list";

/** Message id -> the values its sentence needs. */
export const messageValues = {
  // What stood in the way of a check.
  "node.unreachable": { nodes: "list" },
  "node.not-in-lab": { node: "text" },
  "reach.no-connection": { node: "text", reason: "text" },
  "reach.timeout": { node: "text", seconds: "number" },
  "reach.certificate": { node: "text" },
  "reach.login": { node: "text" },
  "reach.forbidden": { node: "text", privilege: "text" },
  "reach.server-error": { node: "text", reason: "text" },
  "reach.nonsense": { node: "text", reason: "text" },
  "baseline.missing": {},
  "baseline.blind": { node: "text" },
  "variable.missing": { variable: "text" },
  "check.broken": { reason: "text" },

  // The cluster and its name.
  "cluster.named": { node: "text", name: "text" },
  "cluster.none": { node: "text" },
  "cluster.other-name": { node: "text", name: "text", expected: "text" },
  "cluster.created-elsewhere": { node: "text", other: "text", name: "text" },
  "cluster.created-now": { node: "text", name: "text" },
  "cluster.was-there-before": { node: "text", name: "text" },
  "cluster.create-failed": { node: "text", reason: "text" },

  // Membership.
  "member.yes": { node: "text", of: "text", name: "text" },
  "member.no-cluster": { node: "text", of: "text" },
  "member.stand-alone": { node: "text", of: "text", name: "text" },
  "member.join-failed": { node: "text", of: "text", reason: "text" },
  "member.joining": { node: "text", of: "text" },
  "member.own-cluster": { node: "text", name: "text", own: "text" },
  "member.own-cluster-same-name": { node: "text", name: "text" },
  "member.not-listed": { node: "text", of: "text", name: "text" },
  "member.half-joined": { node: "text", of: "text", name: "text" },
  "member.offline": { node: "text", of: "text" },
  "member.not-quorate": { node: "text", of: "text" },
  "members.exact": { name: "text", members: "list" },
  "members.missing": { name: "text", missing: "list", members: "list" },
  "members.extra": { name: "text", extra: "list" },
  "members.offline": { of: "text", nodes: "list" },

  // Coming in after the chapter began.
  "joined.now": { node: "text", of: "text" },
  "joined.before": { node: "text", of: "text" },
  "joined.none": { node: "text", of: "text" },
  "joined.failed": { node: "text", of: "text", reason: "text" },
  "joined.created-instead": { node: "text", of: "text", name: "text" },

  // Agreement, quorum, votes.
  "agree.all": { nodes: "list", name: "text" },
  "agree.alone": { nodes: "list" },
  "agree.cluster-differs": { nodes: "list", names: "list" },
  "agree.members-differ": { node: "text", seen: "list", other: "text", otherSeen: "list" },
  "agree.version-differs": { node: "text", version: "number", other: "text", otherVersion: "number" },
  "agree.online-differs": { node: "text", offline: "list" },
  "quorate.all": { nodes: "list" },
  "quorate.lost": { nodes: "list" },
  "quorate.alone": { nodes: "list" },
  "quorate.apart": { nodes: "list", other: "text" },
  "votes.as-expected": { votes: "number", needed: "number" },
  "votes.other": { votes: "number", expected: "number", needed: "number" },
  "votes.none": { node: "text" },

  // Away and back, without quorum and with it again.
  "offline.yes": { node: "text", of: "text" },
  "offline.still-here": { node: "text" },
  "offline.not-noticed": { node: "text", of: "text" },
  "offline.no-member": { node: "text", of: "text" },
  "silent.yes": { node: "text" },
  "silent.no": { node: "text" },
  "back.yes": { node: "text" },
  "back.never-away": { node: "text" },
  "quorate.without": { nodes: "list", without: "text" },
  "quorate.with-it": { node: "text", of: "text" },
  "quorum.blocked": { node: "text", nodes: "list" },
  "quorum.still-there": { node: "text", nodes: "list" },
  "quorum.forced": { node: "text" },
  "forced.not-alone": { node: "text", nodes: "list" },
  "cluster.none-of-several": { node: "text" },
  "health.restored": { nodes: "list" },
  "health.never-lost": { nodes: "list" },

  // What a cluster lists.
  "storage.listed": { storage: "text", nodes: "list" },
  "storage.missing": { storage: "text", nodes: "list" },
  "storage.elsewhere": { storage: "text", node: "text", nodes: "list" },
  "guest.listed": { vmid: "number", node: "text", nodes: "list" },
  "guest.missing": { vmid: "number", nodes: "list" },
  "guest.elsewhere": { vmid: "number", node: "text", expected: "text" },

  // Seen and expected, side by side.
  "seen.no-cluster": { node: "text" },
  "seen.cluster": { node: "text", name: "text", members: "list" },
  "seen.members": { members: "list" },
  "seen.task-failed": { node: "text", task: "text", reason: "text" },
  "seen.votes": { votes: "number" },
  "seen.quorate": { yes: "list", no: "list" },
  "seen.online": { of: "text", nodes: "list" },
  "seen.answers": { node: "text" },
  "seen.storage-missing": { storage: "text", nodes: "list" },
  "seen.guest": { vmid: "number", node: "text" },
  "seen.guest-missing": { vmid: "number", nodes: "list" },
  "expected.cluster-named": { node: "text", name: "text" },
  "expected.members": { members: "list" },
  "expected.member-of": { node: "text", of: "text" },
  "expected.new": { node: "text" },
  "expected.agree": { nodes: "list" },
  "expected.quorate": { nodes: "list" },
  "expected.votes": { votes: "number", needed: "number" },
  "expected.offline": { node: "text", of: "text" },
  "expected.silent": { node: "text" },
  "expected.back": { node: "text" },
  "expected.quorate-without": { nodes: "list", without: "text" },
  "expected.not-quorate": { node: "text" },
  "expected.quorate-alone": { node: "text" },
  "expected.restored": { nodes: "list" },
  "expected.storage": { storage: "text", nodes: "list" },
  "expected.guest": { vmid: "number", node: "text", nodes: "list" },

  // What to try next.
  "next.look-at-node": { nodes: "list" },
  "next.log-in": { node: "text" },
  "next.wait-and-check": {},
  "next.take-baseline": {},
  "next.create": { node: "text", name: "text" },
  "next.create-first": { of: "text" },
  "next.join": { node: "text", of: "text" },
  "next.join-again": { node: "text", of: "text" },
  "next.leave-own-cluster": { node: "text", of: "text" },
  "next.other-name": { node: "text", name: "text" },
  "next.remove-extra": { extra: "list" },
  "next.redo": {},
  "next.see-status": { node: "text" },
  "next.power-off": { node: "text" },
  "next.wait-for-loss": {},
  "next.bring-one-back": { node: "text" },
  "next.undo-expected": { node: "text" },
  "next.expected-one": { node: "text" },
  "next.lose-first": {},
  "next.add-storage": { storage: "text", node: "text" },
  "next.storage-there": { storage: "text", node: "text" },
  "next.create-guest": { vmid: "number", node: "text" },
  "next.guest-elsewhere": { vmid: "number" },
  "next.tell-author": {},
} as const satisfies Record<string, Record<string, Kind>>;

export type MessageId = keyof typeof messageValues;

type ValueOf<K extends Kind> = K extends "text" ? string : K extends "number" ? number : string[];
export type MessageValues<Id extends MessageId> = {
  [Name in keyof (typeof messageValues)[Id]]: (typeof messageValues)[Id][Name] extends Kind
    ? ValueOf<(typeof messageValues)[Id][Name]>
    : never;
};

/** A message whose values the compiler has checked. */
export function say<Id extends MessageId>(
  id: Id,
  ...values: keyof MessageValues<Id> extends never ? [] : [MessageValues<Id>]
): Message {
  return values.length === 0 ? { id } : { id, values: values[0] as Record<string, string | number | string[]> };
}
