import { describe, expect, it } from "vitest";
import type { KeptPass } from "../../database/step-passes.ts";
import { completionRecord, makeRecord, type RecordFacts } from "./completion-record.ts";

const course = {
  ...{ id: "c", title: "Course" },
  chapters: [
    {
      ...{ id: "one", number: 1, title: "One", core: true, exercise: false },
      steps: [
        { id: "a", title: "A" },
        { id: "b", title: "B" },
      ],
    },
    { ...{ id: "read", number: 2, title: "Read", core: true, exercise: false }, steps: [] },
    { ...{ id: "end", number: 13, title: "End", core: false, exercise: true }, steps: [{ id: "x", title: "X" }] },
  ],
};
const pass = (stepKey: string, minute: number, more: Partial<KeptPass> = {}): KeptPass => ({
  ...{ stepKey: `c/${stepKey}`, labId: "lab", classId: null, groupId: null, score: 1, contentHash: "h" },
  ...{ waivedFor: null, passedAt: new Date(minute * 60_000), receipt: undefined, judgementId: null },
  ...{ judgedAgain: undefined, ...more },
});
const made = (more: Partial<RecordFacts> = {}) =>
  makeRecord({
    ...{ issuedAt: new Date(0), signedBy: "SHA256:x", keyHeldBy: "installation", quorate: "1+a" },
    ...{ learner: { id: "p", name: "Ana" }, class: null, course, passes: [], exercise: undefined },
    classNames: new Map([["k", "Monday"]]),
    ...more,
  });

describe("a completion record", () => {
  it("is of the shape that is signed, with sums of steps and of the core path", () => {
    const record = made({ passes: [pass("one/a", 1), pass("end/x", 9)] });
    expect(completionRecord.parse(record)).toEqual(record);
    expect(record.course).toMatchObject({ stepsPassed: 2, steps: 3, coreStepsPassed: 1, coreSteps: 2 });
    const waived = made({ passes: [pass("one/a", 1), pass("one/b", 2, { waivedFor: "ill" })] });
    expect(waived.course).toMatchObject({ stepsPassed: 1, stepsWaived: 1, coreStepsPassed: 1 });
  });

  it("tells of each pass when, where, in which class and group, judged by what", () => {
    const receipt = { labBackend: "inventory", graderVersion: "1+g" } as KeptPass["receipt"];
    const record = made({ passes: [pass("one/a", 1, { classId: "k", groupId: "g", receipt })] });
    expect(record.chapters[0]!.steps[0]!.passed).toEqual({
      ...{ at: "1970-01-01T00:01:00.000Z", score: 1, waivedFor: null, contentHash: "h" },
      ...{ lab: "inventory", asGroup: true, class: "Monday", grader: "1+g" },
    });
    expect(record.chapters[0]!.steps[1]!.passed).toBeNull();
  });

  it("counts a step once, the first time that it was earned, and takes a waiver only without that", () => {
    const waived = pass("one/a", 1, { waivedFor: "ill", score: 0 });
    const earned = [pass("one/a", 7), pass("one/a", 3)];
    expect(made({ passes: [waived, ...earned] }).chapters[0]!.steps[0]!.passed).toMatchObject({
      ...{ at: "1970-01-01T00:03:00.000Z", waivedFor: null },
    });
    expect(made({ passes: [waived] }).chapters[0]!.steps[0]!.passed).toMatchObject({ waivedFor: "ill", score: 0 });
  });

  it("has the exercise's score and time, and none where the course has no exercise", () => {
    const exercise = {
      ...{ begunAt: new Date(0), timesBegun: 2, score: 0.75, passedAt: undefined, tookMs: undefined },
    };
    expect(made({ exercise }).exercise).toEqual({
      ...{ chapter: "end", score: 0.75, timesBegun: 2, begunAt: "1970-01-01T00:00:00.000Z" },
      ...{ passedAt: null, seconds: null },
    });
    const without = { ...course, chapters: course.chapters.slice(0, 2) };
    expect(made({ course: without, exercise }).exercise).toBeNull();
  });
});
