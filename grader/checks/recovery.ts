/** Checks of what follows the loss of a node: its guest runs elsewhere, it is removed, another one takes its place. */
import { baselineOf, type Check, check, couldNotCheck, notYet, passed, resolvedVmid, type VmidValue } from "./check.ts";
import { type GuestPlace, guestHere, placeOf } from "./guest-place.ts";
import { nodeIsMember } from "./membership.ts";
import { say } from "./messages.ts";
import { isDone, migrationsOf } from "./migrations-seen.ts";
import { leftBehind, startedAfterLoss } from "./node-loss.ts";
import {
  entryOf,
  evidenceOf,
  type MemberView,
  newTasks,
  seenOf,
  taskEvidence,
  unreachable,
  viewFor,
  viewOf,
  viewsOf,
} from "./views.ts";

/**
 * The guest that was on `lost` runs on another node, and `lost` went away before it did: it was recovered, not migrated.
 *
 * How it was recovered (by hand or by HA) does not matter; `haRecovered` asks for the second.
 */
export function recoveredAfterLoss({ vmid, lost }: { vmid: VmidValue; lost: string }): Check {
  return check(
    (context) => {
      const id = resolvedVmid(vmid, context);
      const expected = say("expected.recovered", { vmid: id, lost });
      const baseline = baselineOf(context);
      const here = guestHere(context.observation, id, expected);
      if ("verdict" in here) {
        // The lost node is silent by design; that the guest is still listed there is an answer.
        const place = placeOf(context.observation, id);
        if (place.kind !== "listed" || place.node !== lost) return here.verdict;
        const seen = say("seen.guest", { vmid: id, node: lost });
        const next = say("next.recover-guest", { vmid: id, lost });
        return notYet(say("recovered.still-there", { vmid: id, lost }), { seen, expected, next }, place.evidence);
      }
      const seen = say("seen.guest", { vmid: id, node: here.node });
      if (here.node === lost) {
        const next = say("next.power-off", { node: lost });
        return notYet(say("recovered.not-lost", { vmid: id, lost }), { seen, expected, next }, here.evidence);
      }
      const moved = migrationsOf(context.observation, baseline, id).migrations.findLast(
        ({ from, task }) => from === lost && isDone(task),
      );
      if (moved) {
        const next = say("next.redo");
        const evidence = [...here.evidence, taskEvidence(moved.task)];
        return notYet(say("recovered.was-migrated", { vmid: id, lost }), { seen, expected, next }, evidence);
      }
      const looks = [baseline, ...context.history, context.observation];
      const left = leftBehind(lost, looks, (one) => nodeOf(placeOf(one, id)));
      if (left.kind === "never-there" || left.kind === "moved-before") {
        const next = say("next.redo");
        const message =
          left.kind === "never-there"
            ? say("recovered.was-elsewhere", { vmid: id, lost })
            : say("recovered.was-migrated", { vmid: id, lost });
        return notYet(message, { seen, expected, next }, here.evidence);
      }
      if (here.guest.status !== "running") {
        const next = say("next.start-guest", { vmid: id, node: here.node });
        const message = say("recovered.not-running", { vmid: id, node: here.node });
        return notYet(message, { seen, expected, next }, here.evidence);
      }
      if (left.kind === "loss-unseen") {
        const message = say("recovered.loss-unseen", { lost });
        return couldNotCheck(message, say("next.redo"), here.evidence, { seen, expected });
      }
      const proof = startedAfterLoss(context.observation, baseline, { vmid: id, node: here.node, lost, left });
      if (!proof) {
        const message = say("recovered.start-unclear", { vmid: id, node: here.node, lost });
        return couldNotCheck(message, say("next.redo"), here.evidence, { seen, expected });
      }
      const evidence = [...here.evidence, ...left.evidence, ...proof];
      return passed(say("recovered.yes", { vmid: id, node: here.node, lost }), evidence);
    },
    { guests: [vmid] },
  );
}

/**
 * `node` is out of the cluster that all of `from` form, and nothing of it is left there: no vote, no guest.
 *
 * It may be off, or answer as a stand-alone node; one that answers and still believes to be a member is a danger.
 */
export function nodeRemoved({ node, from }: { node: string; from: readonly string[] }): Check {
  return check(({ observation }) => {
    const expected = say("expected.removed", { node, nodes: [...from] });
    const views = viewsOf(observation, from);
    const members = views.filter((view): view is MemberView => view.kind === "member");
    const evidence = views.flatMap(evidenceOf);
    const still = members.find((view) => view.members.includes(node));
    if (still) {
      const seen = say("seen.members", { members: still.members });
      const online = still.online.includes(node);
      const next = online ? say("next.power-off-first", { node }) : say("next.delnode", { node, on: still.node });
      const message = say("removed.not-yet", { node, of: still.node });
      return notYet(message, { seen, expected, next }, evidence);
    }
    const alone = views.find(({ kind }) => kind === "alone");
    if (alone) {
      const told = { seen: seenOf(alone), expected, next: say("next.see-status", { node: alone.node }) };
      return notYet(say("cluster.none", { node: alone.node }), told, evidence);
    }
    const blocked = members.find(({ quorate }) => !quorate);
    if (blocked) {
      const told = { seen: seenOf(blocked), expected, next: say("next.see-status", { node: blocked.node }) };
      return notYet(say("quorate.lost", { nodes: [blocked.node] }), told, evidence);
    }
    const gone = viewOf(observation, node);
    if (gone.kind === "member" && members.some((view) => view.name === gone.name && gone.members.includes(view.node))) {
      const told = { seen: seenOf(gone), expected, next: say("next.off-and-reset", { node }) };
      return notYet(say("removed.still-believes", { node, name: gone.name }), told, [...evidence, ...evidenceOf(gone)]);
    }
    const left = members.flatMap((view) => {
      const resources = entryOf(observation, view.node)?.resources;
      const list = resources?.read ? resources.value : [];
      return list.filter((one) => one.node === node && one.vmid !== undefined).map((one) => String(one.vmid));
    });
    if (left.length > 0) {
      const guests = [...new Set(left)];
      const told = { seen: say("seen.guests", { node, guests }), expected, next: say("next.move-configs", { node }) };
      return notYet(say("removed.guests-left", { node, guests }), told, evidence);
    }
    const unknown = views.filter(({ kind }) => kind === "unknown");
    if (unknown.length > 0) return unreachable(unknown, expected, members.flatMap(evidenceOf));
    if (!members.some((view) => entryOf(observation, view.node)?.resources?.read)) {
      const untold = members.map((view) => viewFor(observation, view.node, "resources"));
      return unreachable(untold, expected, evidence);
    }
    return passed(say("removed.cleanly", { node, nodes: [...from] }), [...evidence, ...evidenceOf(gone)]);
  });
}

/** In the place of `old` (the same name unless given) a fresh `node` has joined the cluster of `of` since the baseline. */
export function nodeReplaced({ node, of, old = node }: { node: string; of: string; old?: string }): Check {
  const isMember = nodeIsMember({ node, of });
  return check((context) => {
    const baseline = baselineOf(context);
    const member = isMember(context);
    if (member.outcome !== "passed") return member;
    const expected = say("expected.replaced", { node, old });
    const there = viewOf(context.observation, of);
    if (old !== node && there.kind === "member" && there.members.includes(old)) {
      const told = { seen: seenOf(there), expected, next: say("next.delnode", { node: old, on: of }) };
      return notYet(say("replaced.old-left", { node, old, of }), told, member.evidence);
    }
    const joined = newTasks(context.observation, baseline, node, "clusterjoin").find(({ outcome }) => outcome === "ok");
    const wasOutside = [baseline, ...context.history].some((seen) => {
      const view = viewOf(seen, of);
      return view.kind === "member" && !view.members.includes(node);
    });
    if (joined || wasOutside) {
      const evidence = [...member.evidence, ...(joined ? [taskEvidence(joined)] : [])];
      return passed(say("replaced.yes", { node, old, of }), evidence);
    }
    const told = { seen: seenOf(there), expected, next: say("next.replace", { node, old, of }) };
    return notYet(say("replaced.same-old", { node, of }), told, member.evidence);
  });
}

function nodeOf(place: GuestPlace): string | undefined {
  return place.kind === "here" || place.kind === "listed" ? place.node : undefined;
}
