/** Where a guest is, by what the nodes say of themselves first and of each other second. */
import type { GuestSeen, Observation } from "../observation.ts";
import type { Evidence, Message, Verdict } from "../verdict.ts";
import { couldNotCheck, notYet } from "./check.ts";
import { say } from "./messages.ts";
import { entryOf, unreachable, viewFor, viewOf } from "./views.ts";

export type GuestPlace =
  /** The node that has it says so itself. */
  | { kind: "here"; node: string; guest: GuestSeen; evidence: Evidence[] }
  /** Others list it under a node that did not answer for itself. */
  | { kind: "listed"; node: string; by: string; status: string | undefined; online: boolean; evidence: Evidence[] }
  /** The number is a container's. */
  | { kind: "container"; node: string; evidence: Evidence[] }
  /** Several nodes that are not in one cluster have a guest with this number. */
  | { kind: "twice"; nodes: string[]; evidence: Evidence[] }
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
  if (first && others.length > 0) {
    const nodes = [first, ...others].map(({ node }) => node);
    return { kind: "twice", nodes, evidence: [first, ...others].map(({ node, guest }) => guestEvidence(node, guest)) };
  }
  if (first) {
    return { kind: "here", node: first.node, guest: first.guest, evidence: [guestEvidence(first.node, first.guest)] };
  }
  let seesAll = false;
  for (const entry of observation.nodes) {
    if (!entry.resources?.read || !isQuorate(observation, entry.name)) continue;
    const found = entry.resources.value.find(({ id }) => id === `qemu/${vmid}` || id === `lxc/${vmid}`);
    const view = viewOf(observation, entry.name);
    if (found?.node !== undefined) {
      const { node, status } = found;
      const evidence = [{ node: entry.name, source: `cluster/resources ${found.id}.node`, value: node }];
      if (found.id.startsWith("lxc/")) return { kind: "container", node, evidence };
      const online = view.kind === "member" && view.online.includes(node);
      return { kind: "listed", node, by: entry.name, status, online, evidence };
    }
    seesAll ||= view.kind === "member" && unread.every((name) => view.members.includes(name));
  }
  if (unread.length > 0 && !seesAll) return { kind: "unknown", unread };
  const evidence = observation.nodes.map(({ name }) => ({ node: name, source: `qemu/${vmid}`, value: null }));
  return { kind: "nowhere", evidence };
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
  switch (place.kind) {
    case "here":
      return place;
    case "listed": {
      if (!entryOf(observation, place.node)) {
        const seen = say("seen.guest", { vmid, node: place.node });
        const told = { vmid, node: place.node };
        if (place.online) {
          const next = say("next.guest-into-lab", told);
          return { verdict: notYet(say("guest.outside", told), { seen, expected, next }, place.evidence) };
        }
        // Nor has the cluster: only the folder of one that was removed is left, or a member that never was.
        const next = say("next.recover-guest", { vmid, lost: place.node });
        return { verdict: notYet(say("guest.stranded", told), { seen, expected, next }, place.evidence) };
      }
      const view = viewFor(observation, place.node, "guests");
      if (view.kind === "unknown") return { verdict: unreachable([view], expected, place.evidence) };
      const trouble = entryOf(observation, place.node)?.guests;
      const reason = trouble && !trouble.read ? trouble.trouble.reason : "it does not list the machine itself yet";
      return {
        verdict: couldNotCheck(
          say("guest.node-unclear", { vmid, node: place.node, reason }),
          say("next.wait-and-check"),
          place.evidence,
          { expected },
        ),
      };
    }
    case "container": {
      const told = { vmid, node: place.node };
      const next = say("next.other-number", told);
      const message = say("guest.is-container", told);
      return { verdict: notYet(message, { seen: say("seen.container", told), expected, next }, place.evidence) };
    }
    case "twice": {
      const seen = say("seen.guest-twice", { vmid, nodes: place.nodes });
      const next = say("next.guest-elsewhere", { vmid });
      const message = say("guest.twice", { vmid, nodes: place.nodes });
      return { verdict: notYet(message, { seen, expected, next }, place.evidence) };
    }
    case "nowhere": {
      const nodes = observation.nodes.filter(({ reached }) => reached.answered).map(({ name }) => name);
      const seen = say("seen.guest-missing", { vmid, nodes });
      const next = say("next.make-guest", { vmid });
      return { verdict: notYet(say("guest.missing", { vmid, nodes }), { seen, expected, next }, place.evidence) };
    }
    case "unknown":
      return {
        verdict: unreachable(
          place.unread.map((node) => viewFor(observation, node, "guests")),
          expected,
        ),
      };
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
