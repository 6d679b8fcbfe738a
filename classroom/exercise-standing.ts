/**
 * How somebody stands in an exercise that begins broken: begun when and how often, the best score, the time it took.
 *
 * The score is by weight and of one moment: what was whole at the same time. A step that has passed stays passed, so
 * that the whole exercise passed is a score of 1, whatever the cluster does later.
 */

/** The exercise's part of `chapter.yaml`. */
export interface ExerciseChapter {
  steps: { id: string; checks: { id: string; weight: number }[] }[];
}

export interface ExerciseFacts {
  /** `course/chapter`. */
  chapterKey: string;
  /** On the learner's labs. */
  starts: readonly { labId: string; startedAt: Date }[];
  /** In any order; one row for each change of a verdict. */
  attempts: readonly { labId: string; judgedAt: Date; verdict: { key: string; outcome: string } }[];
  /** Steps passed for good, waived ones too. */
  passes: readonly { stepKey: string; labId: string; passedAt: Date; waivedFor: string | null; baselineAt?: string }[];
}

export interface ExerciseStanding {
  /** The last time before it was passed, or the last time. */
  begunAt: Date | undefined;
  timesBegun: number;
  /** 0 to 1: the best share of the weight that one look found whole. */
  score: number;
  passedAt: Date | undefined;
  /** From the start to the look that passed the last step, milliseconds. */
  tookMs: number | undefined;
}

/** Verdicts of one look are stored one after the other; what follows later than this belongs to another look. */
const ONE_LOOK_MS = 1_000;

/** Pure. */
export function exerciseStanding(chapter: ExerciseChapter, facts: ExerciseFacts): ExerciseStanding {
  const starts = [...facts.starts].sort((a, b) => a.startedAt.getTime() - b.startedAt.getTime());
  const earned = chapter.steps.map(({ id }) =>
    facts.passes.find(({ stepKey, waivedFor }) => stepKey === `${facts.chapterKey}/${id}` && waivedFor === null),
  );
  const last = earned.every((pass) => pass !== undefined)
    ? earned.sort((a, b) => a.passedAt.getTime() - b.passedAt.getTime()).at(-1)
    : undefined;
  if (!last) {
    return {
      begunAt: starts.at(-1)?.startedAt,
      timesBegun: starts.length,
      score: bestScore(chapter, facts),
      ...{ passedAt: undefined, tookMs: undefined },
    };
  }
  const before = starts.filter(({ labId, startedAt }) => labId === last.labId && startedAt <= last.passedAt);
  // A lab that was broken by hand has no start; there the first look of the chapter counts.
  const begunAt = before.at(-1)?.startedAt ?? (last.baselineAt === undefined ? undefined : new Date(last.baselineAt));
  return {
    begunAt,
    timesBegun: Math.max(before.length, begunAt ? 1 : 0),
    score: 1,
    passedAt: last.passedAt,
    tookMs: begunAt && last.passedAt.getTime() - begunAt.getTime(),
  };
}

function bestScore(chapter: ExerciseChapter, { chapterKey, attempts }: ExerciseFacts): number {
  const weights = new Map(
    chapter.steps.flatMap(({ id, checks }) =>
      checks.map((check) => [`${chapterKey}/${id}/${check.id}` as string, check.weight] as const),
    ),
  );
  const total = [...weights.values()].reduce((sum, weight) => sum + weight, 0);
  let best = 0;
  for (const onLab of Map.groupBy(attempts, ({ labId }) => labId).values()) {
    const inOrder = onLab
      .filter(({ verdict }) => weights.has(verdict.key))
      .sort((a, b) => a.judgedAt.getTime() - b.judgedAt.getTime());
    const whole = new Set<string>();
    inOrder.forEach(({ verdict, judgedAt }, index) => {
      if (verdict.outcome === "passed") whole.add(verdict.key);
      // One that could not be read may be as it was.
      else if (verdict.outcome === "not-yet") whole.delete(verdict.key);
      const next = inOrder[index + 1];
      if (next && next.judgedAt.getTime() - judgedAt.getTime() < ONE_LOOK_MS) return;
      best = Math.max(
        best,
        [...whole].reduce((sum, key) => sum + weights.get(key)!, 0),
      );
    });
  }
  return total === 0 ? 0 : best / total;
}
