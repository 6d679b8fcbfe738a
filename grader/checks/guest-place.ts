/** Where a guest is, by what the nodes say of themselves first and of each other second. */
import type { GuestSeen, Observation } from "../observation.ts";
import type { Evidence, Message, Verdict } from "../verdict.ts";
import { couldNotCheck, notYet } from "./check.ts";
import { say } from "./messages.ts";
import { entryOf, sameCluster, unreachable, viewFor, viewOf } from "./views.ts";

export type GuestPlace =
  /** The node that has it says so itself. */
  | { kind: "here"; node: string; guest: GuestSeen; evidence: Evidence[] }
  /** Others list it under a node that did not answer for itself. */
  | { kind: "listed"; node: string; by: string; status: string | undefined; online: boolean; evidence: Evidence[] }
  /** The number is a container's. */
  | { kind: "container"; node: string; evidence: Evidence[] }
  /** Several nodes that are not in one cluster have a guest with this number. */
  | { kind: "twice"; nodes: string[]; evidence: Evidence[] }
  /** It changed its node while the nodes were asked. */
  | { kind: "moving"; nodes: string[]; evidence: Evidence[] }
  | { kind: "nowhere"; evidence: Evidence[] }
  | { kind: "unknown"; unread: string[] };

export function placeOf(observation: Observation, vmid: number): GuestPlace {
  const own: { node: string; guest: GuestSeen }[] = [];
  const unread: string[] = [];
  for (const entry of observation.nodes) {
    if (!entry.guests?.read) unread.push(entry.name);
    else {
      const guest = entry.guests.value.find((one) => one.vmid === vmid);
      if (guest) own.push({ node: entry.name, guest });
    }
  }
  // A node that is cut off goes on listing what it had; the quorate part has the say.
  const quorate = own.filter(({ node }) => isQuorate(observation, node));
  const [first, ...others] = quorate.length > 0 ? quorate : own;
  const { listed, seesAll } = listedByQuorate(observation, vmid, unread);
  if (listed && (!first || (quorate.length === 0 && !own.some(({ node }) => node === listed.node)))) return listed;
  if (first && others.length > 0) {
    const nodes = [first, ...others].map(({ node }) => node);
    const evidence = [first, ...others].map(({ node, guest }) => guestEvidence(node, guest));
    return { kind: ofOneCluster(observation, nodes) ? "moving" : "twice", nodes, evidence };
  }
  if (first) {
    return { kind: "here", node: first.node, guest: first.guest, evidence: [guestEvidence(first.node, first.guest)] };
  }
  if (unread.length > 0 && !seesAll) return { kind: "unknown", unread };
  const evidence = observation.nodes.map(({ name }) => ({ node: name, source: `qemu/${vmid}`, value: null }));
  return { kind: "nowhere", evidence };
}

/** Where the lists of quorate nodes have the guest. `seesAll`: one of them speaks for every node that was not read. */
function listedByQuorate(observation: Observation, vmid: number, unread: readonly string[]) {
  let seesAll = false;
  for (const entry of observation.nodes) {
    if (!entry.resources?.read || !isQuorate(observation, entry.name)) continue;
    const found = entry.resources.value.find(({ id }) => id === `qemu/${vmid}` || id === `lxc/${vmid}`);
    const view = viewOf(observation, entry.name);
    if (found?.node !== undefined) {
      const { node, status } = found;
      const evidence = [{ node: entry.name, source: `cluster/resources ${found.id}.node`, value: node }];
      if (found.id.startsWith("lxc/")) return { listed: { kind: "container" as const, node, evidence }, seesAll };
      const online = view.kind === "member" && view.online.includes(node);
      return { listed: { kind: "listed" as const, node, by: entry.name, status, online, evidence }, seesAll };
    }
    seesAll ||= view.kind === "member" && unread.every((name) => view.members.includes(name));
  }
  return { listed: undefined, seesAll };
}

/** Then a number is there once, and two nodes that have it were asked before and after a move. */
function ofOneCluster(observation: Observation, nodes: readonly string[]): boolean {
  const views = nodes.map((node) => viewOf(observation, node));
  return views.every((one) =>
    views.every((other) => one.kind === "member" && other.kind === "member" && sameCluster(one, other)),
  );
}

/**
 * The guest on its own node, or the verdict that follows from not having it there: it does not exist, its node does
 * not answer, nobody could be asked.
 */
export function guestHere(
  observation: Observation,
  vmid: number,
  expected: Message,
): Extract<GuestPlace, { kind: "here" }> | { verdict: Verdict } {
  const place = placeOf(observation, vmid);
  return place.kind === "here" ? place : { verdict: notHere(observation, vmid, place, expected) };
}

export function notHere(
  observation: Observation,
  vmid: number,
  place: Exclude<GuestPlace, { kind: "here" }>,
  expected: Message,
): Verdict {
  switch (place.kind) {
    case "listed": {
      if (!entryOf(observation, place.node)) {
        const seen = say("seen.guest", { vmid, node: place.node });
        const told = { vmid, node: place.node };
        if (place.online) {
          const next = say("next.guest-into-lab", told);
          return notYet(say("guest.outside", told), { seen, expected, next }, place.evidence);
        }
        // Nor has the cluster: only the folder of one that was removed is left, or a member that never was.
        const next = say("next.recover-guest", { vmid, lost: place.node });
        return notYet(say("guest.stranded", told), { seen, expected, next }, place.evidence);
      }
      const view = viewFor(observation, place.node, "guests");
      if (view.kind === "unknown") return unreachable([view], expected, place.evidence);
      const trouble = entryOf(observation, place.node)?.guests;
      const reason = trouble && !trouble.read ? trouble.trouble.reason : "it does not list the machine itself yet";
      return couldNotCheck(
        say("guest.node-unclear", { vmid, node: place.node, reason }),
        say("next.wait-and-check"),
        place.evidence,
        { expected },
      );
    }
    case "container": {
      const told = { vmid, node: place.node };
      const next = say("next.other-number", told);
      const message = say("guest.is-container", told);
      return notYet(message, { seen: say("seen.container", told), expected, next }, place.evidence);
    }
    case "moving": {
      const message = say("guest.moved-meanwhile", { vmid, nodes: place.nodes });
      return couldNotCheck(message, say("next.wait-and-check"), place.evidence, { expected });
    }
    case "twice": {
      const seen = say("seen.guest-twice", { vmid, nodes: place.nodes });
      const next = say("next.guest-elsewhere", { vmid });
      const message = say("guest.twice", { vmid, nodes: place.nodes });
      return notYet(message, { seen, expected, next }, place.evidence);
    }
    case "nowhere": {
      const nodes = observation.nodes.filter(({ reached }) => reached.answered).map(({ name }) => name);
      const seen = say("seen.guest-missing", { vmid, nodes });
      const next = say("next.make-guest", { vmid });
      return notYet(say("guest.missing", { vmid, nodes }), { seen, expected, next }, place.evidence);
    }
    case "unknown":
      return unreachable(
        place.unread.map((node) => viewFor(observation, node, "guests")),
        expected,
      );
  }
}

export function guestEvidence(node: string, guest: GuestSeen): Evidence {
  const state = guest.qmpStatus === undefined ? guest.status : `${guest.status} (QEMU: ${guest.qmpStatus})`;
  return { node, source: `nodes/${node}/qemu/${guest.vmid}`, value: guest.lock ? `${state}, locked` : state };
}

/** Outside any cluster a node decides alone. */
function isQuorate(observation: Observation, node: string): boolean {
  const view = viewOf(observation, node);
  return view.kind === "alone" || (view.kind === "member" && view.quorate);
}
