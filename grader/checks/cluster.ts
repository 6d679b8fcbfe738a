/** Checks of a cluster's existence and name. */

import { baselineOf, type Check, check, notYet, passed, resolved, type Value } from "./check.ts";
import { say } from "./messages.ts";
import type { View } from "./views.ts";
import { evidenceOf, newTasks, seenOf, taskEvidence, taskReason, unreachable, viewOf } from "./views.ts";

/** The node is in a cluster, whatever its name, by its own answer. */
export function clusterExists({ on }: { on: string }): Check {
  return check((context) => {
    const expected = say("expected.cluster", { node: on });
    const view = viewOf(context.observation, on);
    if (view.kind === "unknown") return unreachable([view], expected);
    if (view.kind === "member") return passed(say("cluster.exists", { node: on, name: view.name }), evidenceOf(view));
    const told = { seen: seenOf(view), expected, next: say("next.create", { node: on, name: "NAME" }) };
    return notYet(say("cluster.none", { node: on }), told, evidenceOf(view));
  });
}

/** The node is in a cluster of this name, by its own answer. */
export function clusterNamed({ on, name }: { on: string; name: Value }): Check {
  return check((context) => {
    const wanted = resolved(name, context);
    const expected = say("expected.cluster-named", { node: on, name: wanted });
    const view = viewOf(context.observation, on);
    if (view.kind === "unknown") return unreachable([view], expected);
    if (view.kind === "member" && view.name === wanted) {
      return passed(say("cluster.named", { node: on, name: wanted }), evidenceOf(view));
    }
    const told = { seen: seenOf(view), expected };
    if (view.kind === "member") {
      return notYet(
        say("cluster.other-name", { node: on, name: view.name, expected: wanted }),
        { ...told, next: say("next.other-name", { node: on, name: wanted }) },
        evidenceOf(view),
      );
    }
    const elsewhere = context.observation.nodes
      .map((node): View => viewOf(context.observation, node.name))
      .find((other) => other.kind === "member" && other.name === wanted);
    if (elsewhere) {
      return notYet(
        say("cluster.created-elsewhere", { node: on, other: elsewhere.node, name: wanted }),
        { ...told, seen: seenOf(elsewhere), next: say("next.join", { node: on, of: elsewhere.node }) },
        [...evidenceOf(view), ...evidenceOf(elsewhere)],
      );
    }
    const failed = context.baseline && newTasks(context.observation, context.baseline, on, "clustercreate")[0];
    if (failed?.outcome === "failed") {
      const reason = taskReason(failed);
      return notYet(
        say("cluster.create-failed", { node: on, reason }),
        {
          seen: say("seen.task-failed", { node: on, task: failed.type, reason }),
          expected,
          next: say("next.create", { node: on, name: wanted }),
        },
        [...evidenceOf(view), taskEvidence(failed)],
      );
    }
    return notYet(
      say("cluster.none", { node: on }),
      { ...told, next: say("next.create", { node: on, name: wanted }) },
      evidenceOf(view),
    );
  });
}

/**
 * The cluster that the node is in came to be after the baseline: a `clustercreate` task that ended well, or a node
 * that the baseline saw alone or in another cluster. Which of the nodes it was created on does not matter.
 */
export function createdAfterBaseline({ on, name }: { on: string; name: Value }): Check {
  return check((context) => {
    const baseline = baselineOf(context);
    const wanted = resolved(name, context);
    const expected = say("expected.new", { node: on });
    const now = viewOf(context.observation, on);
    if (now.kind === "unknown") return unreachable([now], expected);
    if (now.kind === "alone") {
      return notYet(
        say("cluster.none", { node: on }),
        { seen: seenOf(now), expected, next: say("next.create", { node: on, name: wanted }) },
        evidenceOf(now),
      );
    }
    const createdOn = (node: string) =>
      newTasks(context.observation, baseline, node, "clustercreate").find((task) => task.outcome === "ok");
    const created = createdOn(on);
    const before = viewOf(baseline, on);
    const evidence = [...evidenceOf(now), ...(created ? [taskEvidence(created)] : evidenceOf(before))];
    const wasElsewhere = before.kind === "alone" || (before.kind === "member" && before.name !== now.name);
    const older = now.members
      .filter((member) => member !== on && !createdOn(member))
      .map((member) => viewOf(baseline, member))
      .find((view) => view.kind === "member" && view.name === now.name);
    if (!created && wasElsewhere && older) {
      return notYet(
        say("cluster.was-there-before", { node: older.node, name: now.name }),
        { seen: seenOf(older), expected, next: say("next.redo") },
        [...evidenceOf(now), ...evidenceOf(older)],
      );
    }
    if (created || wasElsewhere) {
      return passed(say("cluster.created-now", { node: on, name: now.name }), evidence);
    }
    if (before.kind === "unknown") return blind(on, expected, evidence);
    return notYet(
      say("cluster.was-there-before", { node: on, name: now.name }),
      { seen: seenOf(before), expected, next: say("next.redo") },
      evidence,
    );
  });
}

/** The baseline could not read the node, and no task tells. */
export function blind(
  node: string,
  expected: ReturnType<typeof say>,
  evidence: Parameters<typeof passed>[1],
): ReturnType<Check> {
  return {
    outcome: "could-not-check",
    message: say("baseline.blind", { node }),
    expected,
    next: say("next.redo"),
    evidence,
  };
}
