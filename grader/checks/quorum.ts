/** Checks of losing quorum and of having it back: what each node says of itself, and what was seen on the way. */
import type { Observation } from "../observation.ts";
import type { Message } from "../verdict.ts";
import { isQuorate, membersAgree, type Separation } from "./agreement.ts";
import { baselineOf, type Check, check, couldNotCheck, notYet, passed } from "./check.ts";
import { say } from "./messages.ts";
import {
  entryOf,
  evidenceOf,
  type MemberView,
  seenOf,
  unreachable,
  type View,
  viewOf,
  viewsOf,
  withoutCluster,
} from "./views.ts";

/** How `alone` loses sight of `others`: by their plugs one of them goes after the other, by cables all at once. */
function leftAlone(alone: string, others: readonly string[], by: Separation): Message {
  if (by === "plugs") return say("next.power-off", { node: others[0]! });
  return say("next.cut-off", { node: alone, from: [...others] });
}

/** Each of `nodes` says that it is quorate although it does not see `without` online. */
export function quorateWithout(what: { nodes: readonly string[]; without: string; by?: Separation }): Check {
  const { nodes, without, by = "plugs" } = what;
  return check(({ observation }) => {
    const expected = say("expected.quorate-without", { nodes: [...nodes], without });
    const views = viewsOf(observation, nodes);
    const members = views.filter((view): view is MemberView => view.kind === "member");
    const evidence = views.flatMap(evidenceOf);
    const lost = members.filter(({ quorate }) => !quorate);
    if (lost.length > 0) {
      const seen = say("seen.quorate", { yes: namesOf(members.filter(({ quorate }) => quorate)), no: namesOf(lost) });
      const node = lost[0]!.node;
      const next = by === "plugs" ? say("next.bring-one-back", { node }) : say("next.cable-back", { node });
      return notYet(say("quorate.lost", { nodes: namesOf(lost) }), { seen, expected, next }, evidence);
    }
    const alone = views.filter(({ kind }) => kind === "alone");
    if (alone.length > 0) {
      const told = { seen: seenOf(alone[0]!), expected, next: say("next.see-status", { node: alone[0]!.node }) };
      return notYet(say("quorate.alone", { nodes: namesOf(alone) }), told, evidence);
    }
    const sees = members.find(({ online }) => online.includes(without));
    if (sees) {
      const seen = say("seen.online", { of: sees.node, nodes: sees.online });
      const next =
        by === "plugs"
          ? say("next.power-off", { node: without })
          : say("next.cut-off", { node: without, from: [...nodes] });
      const told = { seen, expected, next };
      return notYet(say("quorate.with-it", { node: without, of: sees.node }), told, evidence);
    }
    const unknown = views.filter(({ kind }) => kind === "unknown");
    if (unknown.length > 0) return unreachable(unknown, expected, members.flatMap(evidenceOf));
    return passed(say("quorate.without", { nodes: [...nodes], without }), evidence);
  });
}

/** `on` answers, is in a cluster, and says that it is not quorate. */
export function notQuorate({ on, by = "plugs" }: { on: string; by?: Separation }): Check {
  return check(({ observation }) => {
    const expected = say("expected.not-quorate", { node: on });
    const view = viewOf(observation, on);
    if (view.kind === "unknown") return unreachable([view], expected);
    const evidence = evidenceOf(view);
    if (view.kind === "alone") return withoutCluster(view, expected);
    if (!view.quorate) {
      // Without corosync pmxcfs goes on listing who was online last.
      const enough = view.online.length > view.members.length / 2;
      const told = { node: on, nodes: view.online };
      return passed(enough ? say("quorum.blocked-unclear", told) : say("quorum.blocked", told), evidence);
    }
    const others = view.online.filter((name) => name !== on);
    const seen = say("seen.online", { of: on, nodes: view.online });
    if (others.length === 0 && view.members.length === 1) {
      const next = say("next.join-more", { node: on });
      return notYet(say("quorum.sole-member", { node: on }), { seen, expected, next }, evidence);
    }
    const votes = others.length === 0 ? votesWithout(observation, on) : undefined;
    if (votes) return notYet(votes, { seen, expected, next: say("next.see-status", { node: on }) }, evidence);
    if (others.length === 0) {
      const next = say("next.undo-expected", { node: on });
      return notYet(say("quorum.forced", { node: on }), { seen, expected, next }, evidence);
    }
    const next = leftAlone(on, others, by);
    return notYet(say("quorum.still-there", { node: on, nodes: view.online }), { seen, expected, next }, evidence);
  });
}

/**
 * `on` is not quorate, so its `/etc/pve` can only be read: pmxcfs takes no write without quorum, whoever asks.
 *
 * @source pmxcfs(8); recorded: every write `Permission denied`
 */
export function readOnly({ on }: { on: string }): Check {
  const blocked = notQuorate({ on });
  return check((context) => {
    const verdict = blocked(context);
    if (verdict.outcome !== "passed") return verdict;
    return passed(say("readonly.yes", { node: on }), verdict.evidence);
  });
}

/** All `nodes` agree, are online and quorate; whatever was before. */
export function clusterHealthy({ nodes, by = "plugs" }: { nodes: readonly string[]; by?: Separation }): Check {
  const agreed = membersAgree({ nodes, by });
  const quorate = isQuorate({ nodes });
  return check((context) => {
    const first = [agreed(context), quorate(context)].find(({ outcome }) => outcome !== "passed");
    return first ?? passed(say("healthy.yes", { nodes: [...nodes] }), quorate(context).evidence);
  });
}

/**
 * All `nodes`, and nobody else, are members, online and quorate, and agree.
 *
 * Unlike `clusterHealthy` it takes the word of a quorate member for a node that is away: a node that is switched off
 * will not say so itself.
 */
export function everybodyPresent({ nodes }: { nodes: readonly string[] }): Check {
  const healthy = clusterHealthy({ nodes });
  return check((context) => {
    const quorate = viewsOf(context.observation, nodes).find((view) => view.kind === "member" && view.quorate);
    if (quorate?.kind !== "member") return healthy(context);
    const { node: of, name, members, online } = quorate;
    const expected = say("expected.members", { members: [...nodes] });
    const away = nodes.filter((node) => members.includes(node) && !online.includes(node));
    const evidence = evidenceOf(quorate);
    if (away.length > 0) {
      const told = {
        seen: say("seen.online", { of, nodes: online }),
        expected,
        next: say("next.look-at-node", { nodes: away }),
      };
      return notYet(say("members.offline", { of, nodes: away }), told, evidence);
    }
    const extra = members.filter((node) => !nodes.includes(node));
    if (extra.length > 0) {
      const told = { seen: say("seen.members", { members }), expected, next: say("next.remove-extra", { extra }) };
      return notYet(say("members.extra", { name, extra }), told, evidence);
    }
    return healthy(context);
  });
}

/** How a node that is alone may be quorate without anybody's force: by a QDevice, or by more votes of its own. */
function votesWithout(observation: Observation, on: string): Message | undefined {
  const entry = entryOf(observation, on);
  const device = entry?.qdevice?.read ? entry.qdevice.value : null;
  if (device?.castsVote) return say("quorum.by-qdevice", { node: on });
  const votes = entry?.configNodes?.read ? entry.configNodes.value : [];
  const own = votes.find(({ name }) => name === on)?.votes ?? 0;
  const all = votes.reduce((sum, node) => sum + node.votes, 0);
  return own > all / 2 ? say("quorum.by-own-votes", { node: on, votes: own }) : undefined;
}

/** `on` says that it is quorate and sees no other member of its cluster online: its quorum was set by hand. */
export function quorateByForce({ on, by = "plugs" }: { on: string; by?: Separation }): Check {
  return check(
    ({ observation }) => {
      const expected = say("expected.quorate-alone", { node: on });
      const view = viewOf(observation, on);
      if (view.kind === "unknown") return unreachable([view], expected);
      const evidence = evidenceOf(view);
      if (view.kind === "alone" || view.members.length < 2) {
        const told = { seen: seenOf(view), expected, next: say("next.create-first", { of: on }) };
        return notYet(say("cluster.none-of-several", { node: on }), told, evidence);
      }
      const seen = say("seen.online", { of: on, nodes: view.online });
      const others = view.online.filter((name) => name !== on);
      if (others.length > 0) {
        const next = leftAlone(on, others, by);
        return notYet(say("forced.not-alone", { node: on, nodes: others }), { seen, expected, next }, evidence);
      }
      if (view.quorate) {
        const votes = votesWithout(observation, on);
        if (votes) return notYet(votes, { seen, expected, next: say("next.see-status", { node: on }) }, evidence);
        const device = entryOf(observation, on)?.qdevice;
        if (device && !device.read) {
          const message = say("qdevice.unread", { node: on, reason: device.trouble.reason });
          return couldNotCheck(message, say("next.look-at-node", { nodes: [on] }), evidence, { seen, expected });
        }
        return passed(say("quorum.forced", { node: on }), evidence);
      }
      const next = say("next.expected-one", { node: on });
      return notYet(say("quorum.blocked", { node: on, nodes: view.online }), { seen, expected, next }, evidence);
    },
    { qdevice: true },
  );
}

/**
 * Since the baseline one of `nodes` was seen without quorum, and now all of them agree, are online and quorate.
 *
 * What was seen is in the history, or in the pass of the step `after`, which outlives the grader.
 */
export function restoredToHealth(what: { nodes: readonly string[]; after: string; by?: Separation }): Check {
  const { nodes, after, by = "plugs" } = what;
  const agreed = membersAgree({ nodes, by });
  const quorate = isQuorate({ nodes });
  return check((context) => {
    baselineOf(context);
    const now = agreed(context);
    if (now.outcome !== "passed") return { ...now, next: now.next ?? say("next.wait-and-check") };
    const votes = quorate(context);
    if (votes.outcome !== "passed") return votes;
    const wasLost = context.passedSteps?.has(after) || context.history.some((seen) => anyBlocked(seen, nodes));
    if (wasLost) return passed(say("health.restored", { nodes: [...nodes] }), votes.evidence);
    const seen = say("seen.quorate", { yes: [...nodes], no: [] });
    const told = { seen, expected: say("expected.restored", { nodes: [...nodes] }), next: say("next.lose-first") };
    return notYet(say("health.never-lost", { nodes: [...nodes] }), told, votes.evidence);
  });
}

function anyBlocked(observation: Observation, nodes: readonly string[]): boolean {
  return viewsOf(observation, nodes).some((view: View) => view.kind === "member" && !view.quorate);
}

function namesOf(views: readonly { node: string }[]): string[] {
  return views.map(({ node }) => node);
}
