import { describe, expect, it } from "vitest";
import { type ExerciseFacts, exerciseStanding } from "./exercise-standing.ts";

const chapter = {
  steps: [
    {
      id: "restore",
      checks: [
        { id: "members", weight: 3 },
        { id: "votes", weight: 2 },
        { id: "shop", weight: 5 },
      ],
    },
  ],
};
const at = (seconds: number) => new Date(1_800_000_000_000 + seconds * 1000);
const attempt = (seconds: number, check: string, outcome: string, labId = "a") => ({
  ...{ labId, judgedAt: at(seconds) },
  verdict: { key: `c/x/restore/${check}`, outcome },
});
const pass = (seconds: number, more: Partial<ExerciseFacts["passes"][number]> = {}) => ({
  ...{ stepKey: "c/x/restore", labId: "a", passedAt: at(seconds), waivedFor: null, ...more },
});
const stand = (facts: Partial<ExerciseFacts>) =>
  exerciseStanding(chapter, { chapterKey: "c/x", starts: [], attempts: [], passes: [], ...facts });

describe("the score of an exercise", () => {
  it("is nothing before anything was judged", () => {
    expect(stand({})).toEqual({
      ...{ begunAt: undefined, timesBegun: 0, score: 0, passedAt: undefined, tookMs: undefined },
    });
  });

  it("is the best weight that was whole at one time, and stays when it breaks again", () => {
    const attempts = [
      attempt(0, "members", "not-yet"),
      attempt(60, "members", "passed"),
      attempt(90, "votes", "passed"),
      attempt(120, "members", "not-yet"),
    ];
    expect(stand({ attempts }).score).toBe(0.5);
  });

  it("does not add what was whole one after the other", () => {
    const attempts = [
      attempt(60, "members", "passed"),
      attempt(90, "members", "not-yet"),
      attempt(120, "votes", "passed"),
    ];
    expect(stand({ attempts }).score).toBe(0.3);
  });

  it("takes the verdicts of one look together, in whichever order they were stored", () => {
    const attempts = [
      attempt(60, "shop", "passed"),
      attempt(90, "members", "passed"),
      attempt(90.01, "votes", "passed"),
      attempt(90.02, "shop", "not-yet"),
    ];
    expect(stand({ attempts }).score).toBe(0.5);
  });

  it("is not mixed from two labs, and one that could not be read keeps what it was", () => {
    expect(stand({ attempts: [attempt(1, "members", "passed"), attempt(9, "votes", "passed", "b")] }).score).toBe(0.3);
    const unread = [
      attempt(1, "members", "passed"),
      attempt(5, "members", "could-not-check"),
      attempt(9, "votes", "passed"),
    ];
    expect(stand({ attempts: unread }).score).toBe(0.5);
  });

  it("is whole once passed, with the time since the last start before it", () => {
    const starts = [0, 100, 900].map((seconds) => ({ labId: "a", startedAt: at(seconds) }));
    expect(stand({ starts, passes: [pass(400)] })).toEqual({
      ...{ begunAt: at(100), timesBegun: 2, score: 1, passedAt: at(400), tookMs: 300_000 },
    });
  });

  it("has a time from the first look where nobody pressed the start", () => {
    const standing = stand({ passes: [pass(400, { baselineAt: at(40).toISOString() })] });
    expect(standing).toMatchObject({ tookMs: 360_000, timesBegun: 1 });
  });

  it("is not earned by a step that was waived", () => {
    expect(stand({ passes: [pass(400, { waivedFor: "ill" })] })).toMatchObject({ score: 0, passedAt: undefined });
  });
});
