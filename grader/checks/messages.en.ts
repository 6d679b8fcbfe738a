/**
 * The checks' sentences in English: the one place for them, used by the page and by the command line.
 *
 * `{name}` is a value, a list is written out with commas and "and", `{votes|vote|votes}` chooses by number.
 */
import type { Message } from "../verdict.ts";
import type { MessageId } from "./messages.ts";

/** The sentences of one language, and what its lists need. */
export interface Sentences {
  of: Record<string, string>;
  /** For `Intl.ListFormat`. */
  lists: string;
  /** An empty list. */
  none: string;
}

export const sentences: Record<MessageId, string> = {
  "node.unreachable": "Could not check: {nodes} could not be asked.",
  "node.not-in-lab": "Could not check: this lab has no node called {node}.",
  "reach.no-connection": "{node} cannot be reached ({reason}).",
  "reach.timeout": "{node} gave no answer within {seconds} s.",
  "reach.certificate": "{node} shows a certificate that neither the cluster nor its SSH connection vouches for.",
  "reach.host-key": "{node} shows another SSH host key than the one that is known; your instructor can accept it.",
  "reach.login": "{node} refuses the grader's password or token.",
  "reach.forbidden": "On {node} the grader's account lacks a right: {privilege}.",
  "reach.server-error": "{node} answers with an error: {reason}",
  "reach.nonsense": "{node} answers something that cannot be understood: {reason}",
  "reach.other-node":
    "At the address of {node} there answers a node that calls itself {other}: address or name in the inventory is wrong.",
  "reach.no-corosync":
    "{node} has the configuration of a cluster and tells of none: its corosync is starting, or does not run.",
  "baseline.missing": "Could not check: what the lab was like when the chapter began has not been seen yet.",
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
  "member.removed": "{node} believes to be a member of {name}, but {of} does not list it any more: it was removed.",
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
  "votes.device": "The nodes have the right votes, and a QDevice votes beside them, by the answer of {node}.",
  "votes.none": "{node} is not in a cluster, so there are no votes to count.",

  "offline.yes": "{of} sees that {node} is away.",
  "offline.still-here": "{node} is still online.",
  "offline.not-noticed": "{node} does not answer, but {of} still sees it online.",
  "offline.no-member": "{of} does not know {node}: it is not a member of the cluster.",
  "silent.yes": "{node} does not answer.",
  "silent.no": "{node} still answers.",
  "back.yes": "{node} was away and answers again.",
  "back.never-away": "{node} answers, but it was never away since the chapter began.",
  "quorate.without": "Quorate without {without}: {nodes}.",
  "quorate.with-it": "{of} still sees {node} online.",
  "quorum.blocked": "{node} is not quorate: it sees online only {nodes}.",
  "quorum.blocked-unclear": "{node} is not quorate, although it lists {nodes} as online: its corosync may not run.",
  "quorum.still-there": "{node} is still quorate: it sees online {nodes}.",
  "quorum.forced": "{node} is quorate although it sees no other node: somebody lowered the number of expected votes.",
  "quorum.sole-member": "{node} is the only member of its cluster, so its own vote is enough.",
  "quorum.by-qdevice": "{node} sees no other node, and is quorate by the vote of a QDevice: nobody forced it.",
  "quorum.by-own-votes": "{node} sees no other node, and is quorate by its own {votes} votes: nobody forced it.",
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

  "next.look-at-node":
    "See whether {nodes} {nodes|is|are} switched on and reachable, then check again. Nothing is lost meanwhile.",
  "step.first": "This is about what comes after an earlier step.",
  "seen.step-open": "That step has not passed in this lab since the chapter began.",
  "expected.step-first": "First the trouble, then the repair.",
  "next.step-first": "Do the step before this one.",
  "next.wait-and-check": "Wait until it has ended, then check again.",
  "next.check-again": "Check again in half a minute.",
  "next.take-baseline":
    "Wait half a minute for every node to answer, then check again. Outside the page: store what the lab is like first.",
  "next.create": "On {node}: pvecm create {name}",
  "next.create-first": "Create the cluster on {of} first.",
  "next.join": "On {node}: pvecm add {of}",
  "next.empty-first":
    "On {node}: qm list shows its machines; remove each with qm destroy and its number. Then again: pvecm add {of}",
  "next.join-again": "Read what the command said, then on {node} again: pvecm add {of}",
  "next.leave-own-cluster":
    "Take {node} out of its own cluster (the hint of this step shows how, or reset the node), then on {node}: pvecm add {of}",
  "next.reset-and-join":
    "Make {node} fresh (reset it, or take it out of its old cluster by hand), then on {node}: pvecm add {of}",
  "next.join-more": "Join the other nodes first; on each of them: pvecm add {node}",
  "next.other-name": "A cluster cannot be renamed: reset {node} and create it again as {name}.",
  "next.remove-extra": "Remove from the cluster: {extra}.",
  "next.redo": "Start the chapter again to do it yourself, or go on.",
  "next.see-status": "On {node}: pvecm status",
  "next.power-off": "Switch {node} off.",
  "next.wait-for-loss":
    "Wait: it takes about eight seconds until the others are sure. If they go on seeing it, it runs: switch it off.",
  "next.cut-off":
    "Pull every cable between {node} and {from}, and leave all nodes switched on. Pulled already? They notice it after some eight seconds.",
  "next.bring-one-back": "Switch one more node on, and watch on {node}: pvecm status",
  "next.cables-back":
    "Put every cable of {nodes} back. Done already? Some seconds later they are members again; watch on {node}: pvecm nodes",
  "next.cable-back": "Put a cable of {node} back, and watch there: pvecm status",
  "next.undo-expected": "Restart corosync, so that {node} reads the expected votes again: systemctl restart corosync",
  "next.expected-one": "On {node}: pvecm expected 1",
  "next.lose-first": "Do the steps before this one first.",
  "next.add-storage": "On {node}: pvesm add dir {storage} --path /srv/{storage} --content iso",
  "next.storage-there": "Add the storage {storage} on {node}, or see whether {node} is in the cluster.",
  "next.create-guest": "On {node}: qm create {vmid} --memory 256",
  "next.guest-elsewhere": "Remove it with qm destroy {vmid} where it is, and create it again on the right node.",
  "next.guest-into-lab": "On {node}: qm migrate {vmid} NODE, with a node of this lab",
  "next.other-number":
    "Remove the container where it is not needed (on {node}: pct destroy {vmid}), then create the machine.",
  "next.tell-author": "This is a mistake in the course; tell its authors.",

  "guest.exists": "{node} has the machine {vmid}.",
  "guest.running": "The machine {vmid} runs on {node}.",
  "guest.not-running": "The machine {vmid} is on {node}, but it does not run: it is {state}.",
  "guest.paused": "The machine {vmid} on {node} counts as running, but it is paused ({state}) and does nothing.",
  "guest.stopped": "The machine {vmid} on {node} is switched off.",
  "guest.still-running": "The machine {vmid} on {node} still runs.",
  "guest.unlocked": "Nothing holds the machine {vmid} on {node} locked.",
  "guest.locked": "The machine {vmid} on {node} is locked ({lock}).",
  "guest.has": "The machine {vmid} on {node} is set up as asked.",
  "guest.property-missing": "The machine {vmid} has no {property} set; it should be {value}.",
  "guest.property-differs": "The machine {vmid} has {property} {value}; it should be {expected}.",
  "guest.config-unread": "Could not check: {node} did not tell how the machine {vmid} is set up ({reason}).",
  "guest.on-storage": "All disks of the machine {vmid} are on the storage {storage}.",
  "guest.on-other-storage":
    "The disk {disk} of the machine {vmid} is on the storage {storage}; it should be on {expected}.",
  "guest.no-disk": "The machine {vmid} has no disk.",
  "guest.node-unclear":
    "Could not check: the machine {vmid} is listed under {node}, but {node} does not say how it is ({reason}).",
  "guest.twice": "There is a machine {vmid} on several nodes: {nodes}.",
  "guest.moved-meanwhile": "Could not check: the machine {vmid} changed its node while {nodes} were asked.",
  "guest.stranded": "The machine {vmid} is listed under {node}, a node that is not there: it can run nowhere.",
  "guest.outside": "The machine {vmid} is on {node}, a member of the cluster that does not belong to this lab.",
  "guest.is-container": "The number {vmid} is that of a container on {node}; a virtual machine is asked for.",
  "guest.state-unread": "Could not check: {node} did not say whether the machine {vmid} runs or is paused.",
  "exercise.begun": "The exercise began with a broken cluster.",
  "exercise.not-prepared":
    "This is as it should be, but the exercise has not begun: this lab was another one at its start.",
  "exercise.not-begun":
    "This is as it should be, but the exercise has not begun: {broken} {broken|thing was|things were} broken at its start, and it needs {expected}.",
  "drained.yes": "No machine runs on {node} any more.",
  "drained.not-yet": "On {node} there still run: {guests}.",

  "migrated.yes": "The machine {vmid} was moved from {from} to {to}.",
  "migrated.offline": "The machine {vmid} was moved from {from} to {to} while it was switched off.",
  "migrated.live": "The machine {vmid} was moved from {from} to {to} while it ran.",
  "migrated.live-with-disks": "The machine {vmid} was moved from {from} to {to} with its disks, while it ran.",
  "migrated.no-restart": "The machine {vmid} was moved from {from} to {to} and ran all the time.",
  "migrated.restarted":
    "The machine {vmid} was moved live, but then it did not keep running: there is a task {task} on {node}.",
  "migrated.moving": "The machine {vmid} is leaving {from} at this moment.",
  "migrated.failed": "The machine {vmid} did not leave {from}: {reason}",
  "migrated.half-way":
    "The machine {vmid} left {from} and belongs to {to} now, but the migration did not end well: {reason}",
  "migrated.cancelled": "Moving the machine {vmid} away from {from} was ended by hand before it was done.",
  "migrated.other-way": "The machine {vmid} was moved from {from} to {to}; that is not the move asked for.",
  "migrated.without-task": "The machine {vmid} was on {from} and is on {to} now, but no migration brought it there.",
  "migrated.never": "The machine {vmid} is on {node}; it was not moved since the chapter began.",
  "migrated.log-unread": "Could not check: the log of the migration of machine {vmid} on {node} could not be read.",
  "migrated.was-live": "The machine {vmid} moved, but it ran meanwhile: that was a live migration.",
  "migrated.was-offline": "The machine {vmid} moved, but it did not run meanwhile: that was an offline migration.",
  "migrated.was-offline-for":
    "The machine {vmid} moved, but it was stopped for {seconds} s: that was an offline migration.",
  "migrated.no-local-disks": "The machine {vmid} was moved while it ran, but no local disk went with it.",
  "outage.offline": "The machine {vmid} was moved and was off for {seconds} s.",
  "outage.offline-long": "The machine {vmid} was off for {seconds} s while it was moved; at most {most} s are allowed.",
  "outage.not-started": "The machine {vmid} was moved, but it was not started again.",
  "outage.no-stop":
    "Could not check: the machine {vmid} was shut down without a task of Proxmox, so nobody knows when.",
  "outage.live":
    "The machine {vmid} was moved; {node} had no answer from it for at most {ms} ms (a ping each {every} ms).",
  "outage.live-long":
    "While the machine {vmid} was moved, {node} had no answer from it for {ms} ms; at most {most} s are allowed.",
  "outage.no-ping": "Could not check: nobody pinged the machine {vmid} from another node during the migration.",
  "cancelled.stayed": "The migration of machine {vmid} was ended by hand, and it goes on running on {node}.",
  "cancelled.then-moved": "A migration of machine {vmid} away from {from} was ended by hand; a later one went through.",
  "cancelled.not-running":
    "The migration of machine {vmid} was ended by hand, but the machine does not run where it was.",
  "migration.none": "There was no migration of machine {vmid} since the chapter began.",
  "migration.went-through": "The machine {vmid} was moved from {from} to {to}: the migration went through.",
  "migration.failed-as-asked": "A migration of machine {vmid} failed, as it should: {reason}",
  "migration.failed-otherwise": "A migration of machine {vmid} failed, but for another reason: {reason}",

  "recovered.yes": "The machine {vmid} runs on {node}; {lost} had gone away with it.",
  "recovered.still-there": "The machine {vmid} is still listed under {lost}, which does not answer.",
  "recovered.not-lost": "The machine {vmid} is on {lost}, and {lost} answers: no node was lost.",
  "recovered.was-migrated":
    "The machine {vmid} was migrated away from {lost} while {lost} was well: that is no recovery.",
  "recovered.was-elsewhere": "The machine {vmid} was not on {lost} since the chapter began.",
  "recovered.not-running": "The machine {vmid} belongs to {node} now, but it does not run.",
  "recovered.start-unclear":
    "Could not check: nothing shows that the machine {vmid} came to {node} only after {lost} had gone away.",
  "recovered.loss-unseen": "Could not check: nobody looked while {lost} was away.",
  "removed.cleanly": "{node} is out of the cluster, and nothing of it is left on {nodes}.",
  "removed.not-yet": "{of} still lists {node} as a member.",
  "removed.still-believes":
    "{node} was removed from {name}, but it is switched on and still believes to be a member: a danger for the others.",
  "removed.guests-left": "{node} is out of the cluster, but machines are still listed under it: {guests}.",
  "replaced.yes": "{node} has come fresh into the cluster of {of}, in the place of {old}.",
  "replaced.old-left": "{node} is in the cluster of {of}, but {old} is still a member, too.",
  "replaced.same-old":
    "{node} is a member of the cluster of {of}, but it is the one of before: it was not replaced since the chapter began.",

  "ha.in-state": "HA has the machine {vmid} {state} on {node}.",
  "ha.not-managed": "HA does not look after the machine {vmid}.",
  "ha.other-state": "HA has the machine {vmid} {state}; it should be {expected}.",
  "ha.on-the-way": "HA has the machine {vmid} {state}; it is on the way to {expected}.",
  "ha.elsewhere": "HA has the machine {vmid} {state} on {node}; it should be on {expected}.",
  "ha.error": "HA has given up on the machine {vmid}: its state is error.",
  "ha.fencing":
    "{lost} is being fenced: HA waits until it is certain that the machine {vmid} does not run there any more.",
  "ha.recovering": "HA looks for a new node for the machine {vmid}.",
  "ha.still-on-lost": "{lost} is away, and HA still has the machine {vmid} there: it waits before it fences.",
  "ha.not-lost": "{lost} was not away since the chapter began.",
  "ha.was-migrated": "The machine {vmid} left {lost} by a migration while {lost} was well: nothing was fenced.",
  "ha.never-there": "HA did not have the machine {vmid} on {lost} since the chapter began.",
  "ha.fenced-recovered": "{lost} was fenced, and HA started the machine {vmid} on {node}.",
  "ha.recovered": "{lost} was away, no migration moved the machine {vmid}, and HA has it started on {node}.",
  "ha.no-maintenance": "{node} is not in maintenance: its HA state is {state}.",
  "ha.maintenance-moving": "{node} is in maintenance, and HA still has to move: {guests}.",
  "ha.maintenance": "{node} is in maintenance, and HA has nothing on it.",
  "ha.unread": "Could not check: {node} did not tell about HA ({reason}).",

  "links.redundant": "{nodes} hear each other over {links} links.",
  "links.few": "{node} has {links} {links|link|links} in the configuration; it should have {expected}.",
  "links.not-loaded": "The configuration has {expected} links, but corosync on {node} uses {links} so far.",
  "links.down": "{node} does not hear {other} over link {link}.",
  "links.other-address":
    "corosync on {node} still uses {used} on link {link}; the configuration says {configured}. A link that runs keeps its addresses.",
  "links.no-such": "{node} has no link {link}.",
  "links.still-up": "{node} still hears others over link {link}.",
  "links.is-down": "{node} hears nobody over link {link}.",
  "links.unread": "Could not check: the links of {node} could not be read over SSH ({reason}).",
  "qdevice.voting": "The QDevice votes, by the answer of {nodes}.",
  "qdevice.none": "{node} knows no QDevice.",
  "qdevice.not-running": "{other} has a QDevice and {node} tells of none: its corosync-qdevice does not run.",
  "qdevice.not-connected": "{node} has a QDevice, but it is not connected: {state}.",
  "qdevice.no-vote": "{node} reaches the QDevice, and it does not vote for {node}.",
  "qdevice.unread": "Could not check: {node} did not tell about its QDevice ({reason}).",
  "qdevice.vote-unclear": "Could not check: {node} does not say yet whether the QDevice votes.",
  "file.on-all": "{path} is there and the same on {nodes}.",
  "file.missing": "There is no {path} on {nodes}.",
  "file.differs": "{path} is not the same on {node} and {other}.",
  "file.unread": "Could not check: files of {node} could not be read over SSH ({reason}).",
  "storage.usable": "The storage {storage} can be used on {nodes}.",
  "storage.not-active": "The storage {storage} is listed on {node}, but it cannot be used there: {status}.",
  "storage.disabled": "The storage {storage} is there, but it is disabled: no node may use it.",
  "storage.kept": "The storage {storage} is there, but only for {only}; {nodes} may not use it.",
  "storage.silent":
    "{node} lists the storage {storage}, but has not said that it can be used: a new one takes some seconds, one whose server is away never does.",
  "storage.not-shared": "The storage {storage} is each node's own; it should be shared.",
  "storage.is-shared": "The storage {storage} is shared; it should be each node's own.",
  "cluster.exists": "{node} is in a cluster, {name}.",
  "readonly.yes": "{node} is not quorate, so its /etc/pve can only be read.",
  "healthy.yes": "{nodes} are online, quorate and agree.",
  "kept.lost": "Quorum was lost since the chapter began: {nodes}.",
  "kept.lost-in-journal": "The journal of {node} says that quorum was lost since the chapter began.",
  "kept.by-journal": "By their journals, {nodes} never lost quorum since the chapter began.",
  "kept.by-samples": "Quorum was not seen lost in {samples} looks; the longest gap between two was {gap} s.",
  "kept.not-watched":
    "Could not check: there were only {samples} looks since the chapter began, with a gap of {gap} s, and the journal may not be read.",

  "seen.guest-state": "machine {vmid} on {node}: {state}",
  "seen.guest-twice": "machine {vmid} on {nodes}",
  "seen.guest-property": "machine {vmid}: {property} {value}",
  "seen.guest-disks": "machine {vmid}: disks {disks}",
  "seen.container": "container {vmid} on {node}",
  "seen.guests": "on {node}: {guests}",
  "seen.power-task": "task {task} of machine {vmid} on {node}",
  "seen.migration": "machine {vmid}, leaving {from}: {how}",
  "seen.moved": "machine {vmid}: from {from} to {to}",
  "seen.no-migration": "no migration of machine {vmid}",
  "seen.outage": "machine {vmid} off for {seconds} s",
  "seen.silence": "{node}: no answer from machine {vmid} for {ms} ms",
  "seen.logged-downtime": "QEMU logged {ms} ms of its own; that is not the outage",
  "seen.ha-none": "machine {vmid}: not in HA",
  "seen.ha-state": "machine {vmid} in HA: {state} on {node}",
  "seen.ha-lrm": "HA on {node}: {state}",
  "seen.links": "{node}: {links} {links|link|links}",
  "seen.link-down": "{node}: link {link} to {other} is down",
  "seen.link-address": "{node}: link {link} is at {used}",
  "seen.link-up": "{node}: link {link} is up",
  "seen.qdevice": "{node}: QDevice {state}",
  "seen.file": "{path} on {nodes}",
  "seen.journal": "{node}: {line}",
  "seen.broken": "broken at the start: {broken}",
  "seen.storage-kept": "storage {storage}: for {only} alone",
  "seen.storage-state": "storage {storage} on {node}: {status}",
  "expected.guest-exists": "a machine {vmid}",
  "expected.guest-running": "machine {vmid} running",
  "expected.guest-running-on": "machine {vmid} running on {node}",
  "expected.guest-stopped": "machine {vmid} switched off",
  "expected.guest-unlocked": "machine {vmid} without a lock",
  "expected.guest-has": "machine {vmid}: {properties}",
  "expected.guest-storage": "machine {vmid}: all disks on {storage}",
  "expected.drained": "{node}: no machine running",
  "expected.migrated": "machine {vmid} moved ({how}) from {from} to {to}",
  "expected.outage": "machine {vmid} away for at most {seconds} s",
  "expected.cancelled": "a migration of machine {vmid}, ended by hand",
  "expected.migration-fails": "a migration of machine {vmid} that fails",
  "expected.recovered": "machine {vmid} running elsewhere after {lost} was lost",
  "expected.removed": "{node} unknown to {nodes}",
  "expected.replaced": "a fresh {node} in the place of {old}",
  "expected.ha-state": "machine {vmid} in HA: {state}",
  "expected.ha-recovered": "machine {vmid}: started elsewhere by HA after {lost} was lost",
  "expected.ha-maintenance": "{node}: in maintenance, nothing of HA on it",
  "expected.links": "{links} working links between {nodes}",
  "expected.link-down": "{node}: link {link} down",
  "expected.qdevice": "QDevice connected and voting: {nodes}",
  "expected.file": "{path} on {nodes}, everywhere the same",
  "expected.storage-usable": "storage {storage} ready on {nodes}",
  "expected.cluster": "{node}: in a cluster",
  "expected.quorum-kept": "{nodes}: quorate all the time",
  "expected.broken": "broken at the start: at least {expected}",

  "next.make-guest":
    "If the chapter begins with machine {vmid}, prepare the lab for this chapter, above its text. If a step has you make it, do that first.",
  "next.start-guest": "On {node}: qm start {vmid}",
  "next.stop-guest": "On {node}: qm shutdown {vmid}",
  "next.resume-guest": "On {node}: qm resume {vmid}",
  "next.unlock-start": "See why it is locked; then on {node}: qm unlock {vmid} and qm start {vmid}",
  "next.unlock-resume":
    "See that no other node still has its process; then on {node}: qm unlock {vmid} and qm resume {vmid}",
  "next.unlock-guest": "See why it was locked; then on {node}: qm unlock {vmid}",
  "next.set-guest": "On {node}: qm set {vmid} --{property} {value}",
  "next.add-disk": "On {node}: qm set {vmid} --scsi0 {storage}:1",
  "next.move-disk": "On {node}: qm disk move {vmid} {disk} {storage}",
  "next.drain": "Move each one away; on {node}: qm migrate {vmid} NODE --online",
  "next.migrate": "On {from}: qm migrate {vmid} {to} (with --online when it runs)",
  "next.migrate-cold": "On {from}, while it is off (qm shutdown {vmid}): qm migrate {vmid} {to}",
  "next.migrate-live": "On {from}, while it runs: qm migrate {vmid} {to} --online",
  "next.migrate-live-disks": "On {from}, while it runs: qm migrate {vmid} {to} --online --with-local-disks",
  "next.migrate-back-first":
    "Bring it back first; on {at}: qm migrate {vmid} {from} (with --online when it runs). Then move it again as the step says.",
  "next.be-refused-cdrom":
    "With the image in its drive, on {from}: qm migrate {vmid} {to} --online, and once more with --with-local-disks",
  "next.be-refused-clone": "It must be a linked clone, made without --full; then on {from}: qm migrate {vmid} {to}",
  "next.lose-quorum-meanwhile":
    "On {from}: qm migrate {vmid} {to} --online --bwlimit 10240; before it ends, in a second terminal there: systemctl stop corosync",
  "next.migrate-offline":
    "Shut it down, move it, start it: qm shutdown {vmid}, qm migrate {vmid} NODE, qm start {vmid}",
  "next.migrate-live-again": "Start it, then move it while it runs: qm migrate {vmid} NODE --online",
  "next.migrate-with-disks":
    "Give it a disk on a local storage and move it again: qm migrate {vmid} NODE --online --with-local-disks",
  "next.migrate-faster":
    "Have the commands ready and move it again: qm shutdown {vmid}, qm migrate {vmid} NODE, qm start {vmid}",
  "next.ping-by-hand": "Keep this page open while the machine {vmid} moves, or ping it yourself and read the gap.",
  "next.cancel":
    "On {from}: qm migrate {vmid} NODE --online --bwlimit 10240; before it ends, press Ctrl+C in that terminal",
  "next.recover-guest":
    "{lost} must stay off. Move the file {vmid}.conf on a quorate node out of /etc/pve/nodes/{lost}/qemu-server into its own, then: qm start {vmid}",
  "next.delnode": "On {on}: pvecm delnode {node}",
  "next.power-off-first": "Switch {node} off for good first, then on another node: pvecm delnode {node}",
  "next.off-and-reset": "Switch {node} off at once; it may come back only as a fresh node.",
  "next.move-configs": "Move the files of the machines out of /etc/pve/nodes/{node}/qemu-server into another node's.",
  "next.replace": "Remove {old} (pvecm delnode {old}), make {node} fresh, then on {node}: pvecm add {of}",
  "next.ha-add": "ha-manager add vm:{vmid}",
  "next.ha-set": "ha-manager set vm:{vmid} --state {state}",
  "next.ha-migrate": "ha-manager migrate vm:{vmid} {node}",
  "next.ha-wait": "Wait: HA works in rounds of about ten seconds. Watch it with: ha-manager status",
  "next.ha-wait-fence": "Wait about two and a half minutes, and watch: ha-manager status",
  "next.ha-clear-error":
    "Mend the cause, then: ha-manager set vm:{vmid} --state disabled, and after that --state started",
  "next.ha-maintenance": "ha-manager crm-command node-maintenance enable {node}",
  "next.add-link":
    "Give every node a ring1_addr in /etc/pve/corosync.conf and raise config_version; {node} has none yet.",
  "next.see-links": "On {node}: corosync-cfgtool -s",
  "next.compare-link-addresses":
    "On {node}: corosync-cfgtool -n tells between which addresses each link goes; ip -br a tells which a node has.",
  "next.recreate-link":
    "Take every ring{link}_addr out of /etc/pve/corosync.conf, and put them in again in a second change; or restart corosync on one node after the other.",
  "next.reload-corosync":
    "Why {node} did not take it over is in its journal: journalctl -u corosync -n 20 --no-pager. Do not restart corosync while corosync -t complains.",
  "next.pull-cable":
    "Pull every cable of link {link} at {node}; link 0 is the first network. Is another network cut? Put its cables back.",
  "next.qdevice-setup":
    "When all nodes are online, on {node}: pvecm qdevice setup ADDRESS, with the address in the text. Real nodes need the package corosync-qdevice first.",
  "next.qdevice-see": "On {node}: corosync-qdevice-tool -s",
  "next.qdevice-start": "On {node}: systemctl status corosync-qdevice; then systemctl start corosync-qdevice",
  "next.qdevice-remove": "When all nodes are there, on {node}: pvecm qdevice remove",
  "next.write-file": "On {node}: write {path}, then look for it on the others.",
  "next.compare-file":
    "See whether both are quorate members of one cluster; then compare {path} on {node} and {other}.",
  "next.share-storage": "Set the storage {storage} to shared, and see that all nodes reach the same place.",
  "next.enable-storage": "On {node}: pvesm set {storage} --disable 0",
  "next.storage-nodes": "On {node}: pvesm set {storage} --delete nodes",
  "next.see-storage": "On {node}: pvesm status",
  "next.keep-page-open": "Keep this page open while you do it, so that somebody looks.",
  "next.begin-exercise": "Begin the exercise with the button on this page; on real nodes, ask your instructor.",
};

export const sentencesEn: Sentences = { of: sentences, lists: "en-GB", none: "none" };

/** A message in words. An id that is unknown (stored by another version) is shown as it is, never as nothing. */
export function inWords(message: Message, said: Sentences = sentencesEn): string {
  const template = said.of[message.id];
  const values = message.values ?? {};
  if (template === undefined) {
    const named = Object.entries(values).map(([name, value]) => `${name}: ${written(value, said)}`);
    return named.length === 0 ? message.id : `${message.id} (${named.join("; ")})`;
  }
  return filledIn(template, values, said);
}

/**
 * A sentence with its values in it. `{name}` is a value, a list is written out, `{name|one|many}` chooses by a number or
 * by the length of a list; a value that is missing stays in sight.
 */
export function filledIn(
  template: string,
  values: Record<string, string | number | string[]>,
  language: Pick<Sentences, "lists" | "none">,
): string {
  return template.replace(/\{(\w+)(?:\|([^|}]*)\|([^|}]*))?\}/g, (whole, name: string, one?: string, many?: string) => {
    const value = values[name];
    if (value === undefined) return whole;
    if (one === undefined || many === undefined) return written(value, language);
    return (Array.isArray(value) ? value.length : value) === 1 ? one : many;
  });
}

function written(value: string | number | string[], { lists, none }: Pick<Sentences, "lists" | "none">): string {
  if (!Array.isArray(value)) return String(value);
  return value.length === 0 ? none : new Intl.ListFormat(lists).format(value);
}
