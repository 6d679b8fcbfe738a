/**
 * The checks' sentences in English: the one place for them, used by the page and by the command line.
 *
 * `{name}` is a value, a list is written out with commas and "and", `{votes|vote|votes}` chooses by number.
 */
import type { Message } from "../verdict.ts";
import type { MessageId } from "./messages.ts";

export const sentences: Record<MessageId, string> = {
  "node.unreachable": "Could not check: {nodes} could not be asked.",
  "node.not-in-lab": "Could not check: this lab has no node called {node}.",
  "reach.no-connection": "{node} cannot be reached ({reason}).",
  "reach.timeout": "{node} gave no answer within {seconds} s.",
  "reach.certificate": "{node} shows a certificate that neither the cluster nor its SSH connection vouches for.",
  "reach.login": "{node} refuses the grader's password or token.",
  "reach.forbidden": "On {node} the grader's account lacks a right: {privilege}.",
  "reach.server-error": "{node} answers with an error: {reason}",
  "reach.nonsense": "{node} answers something that cannot be understood: {reason}",
  "baseline.missing": "Could not check: nothing is known of the lab before the chapter began.",
  "baseline.blind":
    "Could not check: {node} could not be asked when the chapter began, so what changed since is unknown.",
  "variable.missing": "Could not check: the value of {variable} is not set.",
  "check.broken": "Could not check: the check itself failed ({reason}).",

  "cluster.named": "{node} is in the cluster {name}.",
  "cluster.none": "{node} is not in a cluster yet.",
  "cluster.other-name": "{node} is in a cluster called {name}; it should be called {expected}.",
  "cluster.created-elsewhere": "{node} is not in a cluster; a cluster {name} exists on {other} instead.",
  "cluster.created-now": "The cluster {name} on {node} was created in this chapter.",
  "cluster.was-there-before": "{node} was in the cluster {name} already when the chapter began.",
  "cluster.create-failed": "Creating a cluster on {node} failed: {reason}",

  "member.yes": "{node} is a member of the cluster {name} together with {of}.",
  "member.no-cluster": "{of} is not in a cluster yet, so {node} cannot be a member of it.",
  "member.stand-alone": "{node} stands alone; it has not joined the cluster {name} of {of}.",
  "member.join-failed": "{node} tried to join the cluster of {of}, and that failed: {reason}",
  "member.joining": "{node} is joining the cluster of {of} at this moment.",
  "member.own-cluster":
    "{node} is a member of a cluster of its own, called {own}: it was created there instead of joined to {name}.",
  "member.own-cluster-same-name":
    "{node} is a member of a cluster of its own, also named {name}: it was created there instead of joined.",
  "member.not-listed": "The cluster {name} of {of} does not list {node}, and {node} does not answer.",
  "member.half-joined":
    "The cluster {name} of {of} lists {node}, but {node} does not say so itself: the join did not finish.",
  "member.offline": "{node} was joined, but {of} does not see it online.",
  "member.not-quorate": "{node} was joined to the cluster of {of}, but says that it is not quorate.",
  "members.exact": "The members of {name} are exactly {members}.",
  "members.missing": "The cluster {name} has the members {members}; missing: {missing}.",
  "members.extra": "The cluster {name} has members that should not be there: {extra}.",
  "members.offline": "All are members, but {of} does not see {nodes} online.",

  "joined.now": "{node} joined the cluster of {of} in this chapter.",
  "joined.before": "{node} was in the cluster of {of} already when the chapter began.",
  "joined.none": "{node} has not joined the cluster of {of} since the chapter began.",
  "joined.failed": "{node} has not joined the cluster of {of}; the last try failed: {reason}",
  "joined.created-instead":
    "On {node} a cluster {name} was created since the chapter began; it should have joined the one of {of}.",

  "agree.all": "{nodes} give the same answer about the cluster {name}.",
  "agree.alone": "Not in any cluster by their own answer: {nodes}.",
  "agree.cluster-differs": "{nodes} are in different clusters: {names}.",
  "agree.members-differ": "{node} lists the members {seen}, but {other} lists {otherSeen}.",
  "agree.version-differs":
    "{node} has version {version} of the cluster's configuration, {other} has version {otherVersion}.",
  "agree.online-differs": "{node} does not see {offline} online.",
  "quorate.all": "Quorate by their own answer: {nodes}.",
  "quorate.lost": "Not quorate by their own answer: {nodes}.",
  "quorate.alone": "Not in a cluster, so there is no quorum to have: {nodes}.",
  "quorate.apart": "Quorate each for itself, not together: {other} is in another cluster than {nodes}.",
  "votes.as-expected": "The cluster expects {votes} {votes|vote|votes} and needs {needed} of them.",
  "votes.other": "The cluster expects {votes} {votes|vote|votes}; it should expect {expected} and need {needed}.",
  "votes.none": "{node} is not in a cluster, so there are no votes to count.",

  "offline.yes": "{of} sees that {node} is away.",
  "offline.still-here": "{node} is still online.",
  "offline.not-noticed": "{node} does not answer any more, but {of} has not noticed that yet.",
  "offline.no-member": "{of} does not know {node}: it is not a member of the cluster.",
  "silent.yes": "{node} does not answer.",
  "silent.no": "{node} still answers.",
  "back.yes": "{node} was away and answers again.",
  "back.never-away": "{node} answers, but it was never away since the chapter began.",
  "quorate.without": "Quorate without {without}: {nodes}.",
  "quorate.with-it": "{of} still sees {node} online.",
  "quorum.blocked": "{node} is not quorate: it sees online only {nodes}.",
  "quorum.still-there": "{node} is still quorate: it sees online {nodes}.",
  "quorum.forced": "{node} is quorate although it sees no other node: somebody lowered the number of expected votes.",
  "forced.not-alone": "{node} is not alone: it sees online {nodes}.",
  "cluster.none-of-several": "{node} is not in a cluster of several nodes.",
  "health.restored": "Quorum was lost, and now it is back: {nodes} are online, quorate and agree.",
  "health.never-lost": "{nodes} are well, but quorum was not lost since the chapter began.",

  "storage.listed": "The storage {storage} is listed on {nodes}.",
  "storage.missing": "There is no storage {storage} on {nodes}.",
  "storage.elsewhere": "The storage {storage} is listed on {node}, but not on {nodes}.",
  "guest.listed": "The machine {vmid} belongs to {node}, and so say {nodes}.",
  "guest.missing": "There is no machine {vmid} in the answer of {nodes}.",
  "guest.elsewhere": "The machine {vmid} belongs to {node}; it should belong to {expected}.",

  "seen.no-cluster": "{node}: not in a cluster",
  "seen.cluster": "{node}: cluster {name} with {members}",
  "seen.members": "members {members}",
  "seen.task-failed": "{node}: task {task} ended with: {reason}",
  "seen.votes": "{votes} {votes|vote|votes} expected by the cluster",
  "seen.quorate": "quorate: {yes}; not quorate: {no}",
  "seen.online": "{of} sees online: {nodes}",
  "seen.answers": "{node}: answers",
  "seen.storage-missing": "no storage {storage} on {nodes}",
  "seen.guest": "machine {vmid} on {node}",
  "seen.guest-missing": "no machine {vmid}, say {nodes}",
  "expected.cluster-named": "{node}: in the cluster {name}",
  "expected.members": "members {members}",
  "expected.member-of": "{node} and {of} in one cluster",
  "expected.new": "{node}: done after the chapter began",
  "expected.agree": "one answer from {nodes}",
  "expected.quorate": "quorate: {nodes}",
  "expected.votes": "{votes} {votes|vote|votes} expected, {needed} needed",
  "expected.offline": "{node}: not online for {of}",
  "expected.silent": "{node}: no answer",
  "expected.back": "{node}: away, then back",
  "expected.quorate-without": "quorate: {nodes}; away: {without}",
  "expected.not-quorate": "{node}: not quorate",
  "expected.quorate-alone": "{node}: quorate while it is alone",
  "expected.restored": "{nodes}: without quorum for a while, then quorate again",
  "expected.storage": "storage {storage} on {nodes}",
  "expected.guest": "machine {vmid} on {node}, seen by {nodes}",

  "next.look-at-node": "See whether {nodes} is switched on and reachable, then check again. Nothing is lost meanwhile.",
  "next.log-in": "Give the lab the present password or token of {node}.",
  "next.wait-and-check": "Wait until it has ended, then check again.",
  "next.take-baseline": "Store what the lab is like before you start, then do the chapter.",
  "next.create": "On {node}: pvecm create {name}",
  "next.create-first": "Create the cluster on {of} first.",
  "next.join": "On {node}: pvecm add {of}",
  "next.join-again": "Read what the command said, then on {node} again: pvecm add {of}",
  "next.leave-own-cluster":
    "Take {node} out of its own cluster (the hint of this step shows how, or reset the node), then on {node}: pvecm add {of}",
  "next.other-name": "A cluster cannot be renamed: reset {node} and create it again as {name}.",
  "next.remove-extra": "Remove from the cluster: {extra}.",
  "next.redo": "Start the chapter again to do it yourself, or go on.",
  "next.see-status": "On {node}: pvecm status",
  "next.power-off": "Switch {node} off.",
  "next.wait-for-loss": "Wait: it takes about eight seconds until the others are sure. Then check again.",
  "next.bring-one-back": "Switch one more node on, and watch on {node}: pvecm status",
  "next.undo-expected": "Restart corosync, so that {node} reads the expected votes again: systemctl restart corosync",
  "next.expected-one": "On {node}: pvecm expected 1",
  "next.lose-first": "Do the steps before this one first.",
  "next.add-storage": "On {node}: pvesm add dir {storage} --path /srv/{storage} --content iso",
  "next.storage-there": "Add the storage {storage} on {node}, or see whether {node} is in the cluster.",
  "next.create-guest": "On {node}: qm create {vmid} --memory 256",
  "next.guest-elsewhere": "Remove it with qm destroy {vmid} where it is, and create it again on the right node.",
  "next.tell-author": "This is a mistake in the course; tell its authors.",
};

/** A message in words. An id that is unknown (stored by another version) is shown as it is, never as nothing. */
export function inWords(message: Message, catalogue: Record<string, string> = sentences): string {
  const template = catalogue[message.id];
  const values = message.values ?? {};
  if (template === undefined) {
    const said = Object.entries(values).map(([name, value]) => `${name}: ${written(value)}`);
    return said.length === 0 ? message.id : `${message.id} (${said.join("; ")})`;
  }
  return template.replace(/\{(\w+)(?:\|([^|}]*)\|([^|}]*))?\}/g, (whole, name: string, one?: string, many?: string) => {
    const value = values[name];
    if (value === undefined) return whole;
    if (one !== undefined && many !== undefined) return value === 1 ? one : many;
    return written(value);
  });
}

function written(value: string | number | string[]): string {
  if (!Array.isArray(value)) return String(value);
  if (value.length === 0) return "none";
  if (value.length === 1) return value[0]!;
  return `${value.slice(0, -1).join(", ")} and ${value.at(-1)}`;
}
