/** Checks of who is in a cluster, and who came in since the chapter began. */
import type { Message, Verdict } from "../verdict.ts";
import { baselineOf, type Check, type CheckContext, check, notYet, passed } from "./check.ts";
import { blind } from "./cluster.ts";
import { say } from "./messages.ts";
import {
  evidenceOf,
  type MemberView,
  newTasks,
  sameCluster,
  seenOf,
  taskEvidence,
  taskReason,
  unreachable,
  type View,
  viewOf,
  viewsOf,
  withoutCluster,
} from "./views.ts";

/** The node and `of` are in one cluster: each lists the other, `of` sees it online, and it is quorate itself. */
export function nodeIsMember({ node, of }: { node: string; of: string }): Check {
  return check((context) => membership(context, node, of));
}

function membership(context: CheckContext, node: string, of: string): Verdict {
  const expected = say("expected.member-of", { node, of });
  const there = viewOf(context.observation, of);
  const here = viewOf(context.observation, node);
  const evidence = [...evidenceOf(there), ...evidenceOf(here)];
  const told = (next: Message) => ({ seen: seenOf(here), expected, next });

  if (there.kind === "unknown") {
    // A quorate member that lists `of` is proof enough; one that is not may live in the past.
    if (here.kind === "member" && here.quorate && here.members.includes(of)) {
      return passed(say("member.yes", { node, of, name: here.name }), evidence);
    }
    return unreachable([there, ...(here.kind === "unknown" ? [here] : [])], expected, evidenceOf(here));
  }
  if (there.kind === "alone") {
    if (here.kind === "unknown") return unreachable([here], expected, evidenceOf(there));
    return notYet(say("member.no-cluster", { node, of }), told(say("next.create-first", { of })), evidence);
  }
  const { name } = there;
  const listed = there.members.includes(node);
  if (here.kind === "unknown") {
    if (listed || !there.quorate) return unreachable([here], expected, evidenceOf(there));
    return notYet(
      say("member.not-listed", { node, of, name }),
      told(say("next.look-at-node", { nodes: [node] })),
      evidence,
    );
  }
  if (here.kind === "alone") return notYetJoined(context, node, there, listed, told);
  if (!listed) {
    if (here.name === name && here.members.includes(of)) {
      // Removed by the others; it has not heard of it.
      const next = say("next.reset-and-join", { node, of });
      return notYet(say("member.removed", { node, of, name }), told(next), evidence);
    }
    const message =
      here.name === name
        ? say("member.own-cluster-same-name", { node, name })
        : say("member.own-cluster", { node, name, own: here.name });
    return notYet(message, told(say("next.leave-own-cluster", { node, of })), evidence);
  }
  const wait = told(say("next.wait-and-check"));
  if (!sameCluster(there, here)) return notYet(say("member.half-joined", { node, of, name }), wait, evidence);
  const status = told(say("next.see-status", { node }));
  if (!here.quorate) return notYet(say("member.not-quorate", { node, of }), status, evidence);
  if (!there.online.includes(node)) return notYet(say("member.offline", { node, of }), status, evidence);
  return passed(say("member.yes", { node, of, name }), evidence);
}

/** The node says that it is in no cluster: never tried, trying, tried in vain, or stopped half-way. */
function notYetJoined(
  context: CheckContext,
  node: string,
  there: MemberView,
  listed: boolean,
  told: (next: Message) => { seen: Message; expected: Message; next: Message },
): Verdict {
  const { node: of, name } = there;
  const evidence = [...evidenceOf(there), ...evidenceOf(viewOf(context.observation, node))];
  const last = context.baseline && newTasks(context.observation, context.baseline, node, "clusterjoin")[0];
  if (last?.outcome === "running") {
    return notYet(say("member.joining", { node, of }), told(say("next.wait-and-check")), [
      ...evidence,
      taskEvidence(last),
    ]);
  }
  if (last?.outcome === "failed") {
    const reason = taskReason(last);
    const seen = say("seen.task-failed", { node, task: last.type, reason });
    return notYet(
      say("member.join-failed", { node, of, reason }),
      { ...told(afterFailedJoin(node, of, reason)), seen },
      [...evidence, taskEvidence(last)],
    );
  }
  if (listed) return notYet(say("member.half-joined", { node, of, name }), told(say("next.wait-and-check")), evidence);
  return notYet(say("member.stand-alone", { node, of, name }), told(say("next.join", { node, of })), evidence);
}

/** The cluster that `on` is in has exactly these members, all of them online in its eyes. */
export function hasMembers({ on, members }: { on: string; members: readonly string[] }): Check {
  return check((context) => {
    const wanted = [...members].sort();
    const expected = say("expected.members", { members: wanted });
    const views = viewsOf(context.observation, [on, ...wanted.filter((name) => name !== on)]);
    // When `on` is silent, any quorate member that lists it may answer in its place.
    const view =
      views[0]!.kind === "unknown"
        ? (views.find((other) => other.kind === "member" && other.quorate && other.members.includes(on)) ?? views[0]!)
        : views[0]!;
    if (view.kind === "unknown") return unreachable([view], expected);
    const evidence = evidenceOf(view);
    if (view.kind === "alone") return withoutCluster(view, expected);
    const seen = say("seen.members", { members: view.members });
    const missing = wanted.filter((name) => !view.members.includes(name));
    const extra = view.members.filter((name) => !wanted.includes(name));
    if (missing.length > 0) {
      const next = say("next.join", { node: missing[0]!, of: view.node });
      const message = say("members.missing", { name: view.name, missing, members: view.members });
      return notYet(message, { seen, expected, next }, evidence);
    }
    if (extra.length > 0) {
      const next = say("next.remove-extra", { extra });
      return notYet(say("members.extra", { name: view.name, extra }), { seen, expected, next }, evidence);
    }
    const offline = wanted.filter((name) => !view.online.includes(name));
    if (offline.length === 0 && !view.quorate) {
      // A node that was removed, or whose corosync does not run, lists what was.
      const next = say("next.see-status", { node: view.node });
      return notYet(say("quorate.lost", { nodes: [view.node] }), { seen, expected, next }, evidence);
    }
    if (offline.length === 0) return passed(say("members.exact", { name: view.name, members: wanted }), evidence);
    const silent = views.filter((other) => offline.includes(other.node) && other.kind === "unknown");
    if (silent.length > 0) return unreachable(silent, expected, evidence);
    const next = say("next.see-status", { node: offline[0]! });
    return notYet(say("members.offline", { of: view.node, nodes: offline }), { seen, expected, next }, evidence);
  });
}

/**
 * The node came into the cluster of `of` after the baseline: a `clusterjoin` task that ended well, or a node that the
 * baseline saw outside that cluster.
 */
export function joinedAfterBaseline({ node, of }: { node: string; of: string }): Check {
  return check((context) => {
    const baseline = baselineOf(context);
    const expected = say("expected.new", { node });
    const now = viewOf(context.observation, node);
    if (now.kind === "unknown") return unreachable([now], expected);
    const tasks = newTasks(context.observation, baseline, node, "clusterjoin");
    if (now.kind !== "member" || !now.members.includes(of)) return notJoined(context, node, of, now);
    const joined = tasks.find((task) => task.outcome === "ok");
    const before = viewOf(baseline, node);
    const evidence = [...evidenceOf(now), ...(joined ? [taskEvidence(joined)] : evidenceOf(before))];
    const wasIn = before.kind === "member" && before.name === now.name && before.members.includes(of);
    if (joined || (before.kind !== "unknown" && !wasIn)) return passed(say("joined.now", { node, of }), evidence);
    if (before.kind === "unknown") return blind(node, expected, evidence);
    const told = { seen: seenOf(before), expected, next: say("next.redo") };
    return notYet(say("joined.before", { node, of }), told, evidence);
  });
}

function notJoined(context: CheckContext, node: string, of: string, now: Exclude<View, { kind: "unknown" }>): Verdict {
  const expected = say("expected.new", { node });
  const baseline = baselineOf(context);
  const evidence = evidenceOf(now);
  if (now.kind === "member") {
    const next = say("next.leave-own-cluster", { node, of });
    const before = viewOf(baseline, node);
    const old = before.kind === "member" && before.name === now.name;
    const message = old
      ? say("joined.none", { node, of })
      : say("joined.created-instead", { node, of, name: now.name });
    return notYet(message, { seen: seenOf(now), expected, next }, evidence);
  }
  const last = newTasks(context.observation, baseline, node, "clusterjoin")[0];
  if (last?.outcome === "failed") {
    const reason = taskReason(last);
    const seen = say("seen.task-failed", { node, task: last.type, reason });
    return notYet(
      say("joined.failed", { node, of, reason }),
      { seen, expected, next: afterFailedJoin(node, of, reason) },
      [...evidence, taskEvidence(last)],
    );
  }
  const told = { seen: seenOf(now), expected, next: say("next.join", { node, of }) };
  return notYet(say("joined.none", { node, of }), told, evidence);
}

/** A join that was refused because of machines fails again as long as they are there. */
function afterFailedJoin(node: string, of: string, reason: string): Message {
  if (/already contains virtual guests/.test(reason)) return say("next.empty-first", { node, of });
  return say("next.join-again", { node, of });
}
