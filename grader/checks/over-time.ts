/** Checks of what held all the time since the baseline; each says what it can know. */
import type { Observation } from "../observation.ts";
import { baselineOf, type Check, check, couldNotCheck, notYet, passed } from "./check.ts";
import { say } from "./messages.ts";
import { entryOf, type MemberView, unreachable, viewsOf } from "./views.ts";

/**
 * None of `nodes` lost quorum since the baseline.
 *
 * Certain where every node's journal may be read. Otherwise it rests on samples, and says how many and how far apart;
 * with a gap of more than `maxGapSeconds` it could not be checked: nobody looked.
 */
export function quorumKept({ nodes, maxGapSeconds = 60 }: { nodes: readonly string[]; maxGapSeconds?: number }): Check {
  return check(
    (context) => {
      const baseline = baselineOf(context);
      const expected = say("expected.quorum-kept", { nodes: [...nodes] });
      const samples = [baseline, ...context.history.filter(({ takenAt }) => takenAt > baseline.takenAt)];
      samples.push(context.observation);
      for (const sample of samples) {
        const lost = viewsOf(sample, nodes).filter(
          (view): view is MemberView => view.kind === "member" && !view.quorate,
        );
        if (lost.length === 0) continue;
        const names = lost.map(({ node }) => node);
        const seen = say("seen.quorate", { yes: nodes.filter((node) => !names.includes(node)), no: names });
        const evidence = names.map((node) => ({
          node,
          source: `cluster/status.quorate at ${sample.takenAt}`,
          value: false,
        }));
        return notYet(say("kept.lost", { nodes: names }), { seen, expected, next: say("next.redo") }, evidence);
      }
      const journals = nodes.map((node) => ({ node, fact: entryOf(context.observation, node)?.quorumJournal }));
      for (const { node, fact } of journals) {
        const line = fact?.read ? fact.value.lost[0]?.line : undefined;
        if (line === undefined) continue;
        const seen = say("seen.journal", { node, line });
        const evidence = [{ node, source: "journal", value: line }];
        return notYet(say("kept.lost-in-journal", { node }), { seen, expected, next: say("next.redo") }, evidence);
      }
      const now = viewsOf(context.observation, nodes);
      const unknown = now.filter(({ kind }) => kind === "unknown");
      if (unknown.length > 0) return unreachable(unknown, expected);
      if (now.some(({ kind }) => kind === "alone")) {
        const alone = now.filter(({ kind }) => kind === "alone").map(({ node }) => node);
        const seen = say("seen.quorate", { yes: [], no: alone });
        const next = say("next.see-status", { node: alone[0]! });
        return notYet(say("quorate.alone", { nodes: alone }), { seen, expected, next }, []);
      }
      if (journals.every(({ fact }) => fact?.read)) {
        const evidence = nodes.map((node) => ({ node, source: "journal: quorum lost", value: 0 }));
        return passed(say("kept.by-journal", { nodes: [...nodes] }), evidence);
      }
      const good = samples.filter((sample) => viewsOf(sample, nodes).every((view) => view.kind === "member"));
      const gap = longestGap(good, context.observation);
      const evidence = [
        { source: "samples", value: good.length },
        { source: "longest gap, s", value: gap },
      ];
      if (good.length >= 2 && gap <= maxGapSeconds) {
        return passed(say("kept.by-samples", { samples: good.length, gap }), evidence);
      }
      const message = say("kept.not-watched", { samples: good.length, gap });
      return couldNotCheck(message, say("next.keep-page-open"), evidence, { expected });
    },
    { quorumJournal: true },
  );
}

/** Whole seconds between two samples, or from the last one to now. */
function longestGap(samples: readonly Observation[], last: Observation): number {
  const at = [...samples.map(({ takenAt }) => Date.parse(takenAt)), Date.parse(last.takenAt)];
  const gaps = at.slice(1).map((time, index) => time - at[index]!);
  return Math.ceil(Math.max(0, ...gaps) / 1000);
}
