/** Checks of nodes that are away: seen so by the others, silent to us, back again. */
import { baselineOf, type Check, check, notYet, passed } from "./check.ts";
import { blind } from "./cluster.ts";
import { say } from "./messages.ts";
import { entryOf, evidenceOf, isSilent, unreachable, viewOf, withoutCluster } from "./views.ts";

/** `seenBy` says that `node` is a member of its cluster and not online. */
export function nodeOffline({ node, seenBy }: { node: string; seenBy: string }): Check {
  return check(({ observation }) => {
    const expected = say("expected.offline", { node, of: seenBy });
    const view = viewOf(observation, seenBy);
    if (view.kind === "unknown") return unreachable([view], expected);
    const evidence = evidenceOf(view);
    if (view.kind === "alone") return withoutCluster(view, expected);
    const told = { seen: say("seen.online", { of: seenBy, nodes: view.online }), expected };
    if (!view.members.includes(node)) {
      const next = say("next.join", { node, of: seenBy });
      return notYet(say("offline.no-member", { node, of: seenBy }), { ...told, next }, evidence);
    }
    if (!view.online.includes(node)) return passed(say("offline.yes", { node, of: seenBy }), evidence);
    const silent = isSilent(observation, node);
    const next = silent ? say("next.wait-for-loss") : say("next.power-off", { node });
    const message = silent ? say("offline.not-noticed", { node, of: seenBy }) : say("offline.still-here", { node });
    return notYet(message, { ...told, next }, evidence);
  });
}

/** `node` gives no answer to the grader, while `whileAnswers` does: a node is away, not the whole lab. */
export function nodeSilent({ node, whileAnswers }: { node: string; whileAnswers: string }): Check {
  return check(({ observation }) => {
    const expected = say("expected.silent", { node });
    const other = viewOf(observation, whileAnswers);
    if (other.kind === "unknown") return unreachable([other], expected);
    const view = viewOf(observation, node);
    const evidence = evidenceOf(view);
    if (isSilent(observation, node)) return passed(say("silent.yes", { node }), evidence);
    if (view.kind === "unknown" && entryOf(observation, node)?.reached.answered !== true) {
      return unreachable([view], expected, evidenceOf(other));
    }
    const told = { seen: say("seen.answers", { node }), expected, next: say("next.power-off", { node }) };
    return notYet(say("silent.no", { node }), told, evidence);
  });
}

/** `node` answers now and was seen silent at some time since the baseline. `after` is the step that proves it, too. */
export function nodeBack({ node, after }: { node: string; after: string }): Check {
  return check((context) => {
    const baseline = baselineOf(context);
    const expected = say("expected.back", { node });
    const view = viewOf(context.observation, node);
    if (view.kind === "unknown") return unreachable([view], expected);
    const evidence = evidenceOf(view);
    const wasAway = context.passedSteps?.has(after) || context.history.some((seen) => isSilent(seen, node));
    if (wasAway) return passed(say("back.yes", { node }), evidence);
    if (viewOf(baseline, node).kind === "unknown") return blind(node, expected, evidence);
    const told = { seen: say("seen.answers", { node }), expected, next: say("next.power-off", { node }) };
    return notYet(say("back.never-away", { node }), told, evidence);
  });
}
