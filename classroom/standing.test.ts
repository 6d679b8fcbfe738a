import { describe, expect, it } from "vitest";
import type { StudentStanding } from "../database/classes.ts";
import { boardStudent, SILENT_AFTER_MS, STUCK_AFTER_MS } from "./standing.ts";

const at = (ms: number) => new Date(1_000_000_000 + ms);
const check = (id: string, outcome: "passed" | "not-yet" | "could-not-check", sinceMs = 0) => ({
  verdict: { key: `course/chapter/${id}`, outcome, message: { id: `why-${id}` }, evidence: [], weight: 1 },
  ...{ sinceAt: at(sinceMs), judgedAt: at(sinceMs) },
});
const ana = (more: Partial<StudentStanding>): StudentStanding => ({
  ...{
    personId: "ana",
    displayName: "Ana",
    seat: "s1",
    group: undefined,
    labId: "lab",
    present: true,
    passes: [],
    checks: [],
    place: undefined,
  },
  ...more,
});
const cell = (student: StudentStanding, nowMs = 0) => boardStudent(student, at(nowMs).getTime()).cells[0];

describe("a student's standing", () => {
  it("a step is not yet while one of its checks is, with that check's reason", () => {
    expect(cell(ana({ checks: [check("one/a", "passed"), check("one/b", "not-yet")] }))).toMatchObject({
      ...{ step: "chapter/one", state: "not-yet", reason: { id: "why-one/b" }, stuck: false },
    });
  });

  it("what could not be read is told before what is not done", () => {
    const checks = [check("one/a", "not-yet"), check("one/b", "could-not-check")];
    expect(cell(ana({ checks }))).toMatchObject({ state: "could-not-check", stuck: false });
  });

  it("a pass stays although the check fails now", () => {
    const passes = [{ stepKey: "course/chapter/one", passedAt: at(0), waivedFor: null, score: 1 }];
    expect(cell(ana({ checks: [check("one/a", "not-yet")], passes }))).toMatchObject({ state: "passed" });
  });

  it("the same reason for long is stuck; not for one who passed a step since, or is away", () => {
    const checks = [check("one/a", "not-yet")];
    const passes = [{ stepKey: "course/chapter/zero", passedAt: at(60_000), waivedFor: null, score: 1 }];
    expect(cell(ana({ checks }), STUCK_AFTER_MS - 1)?.stuck).toBe(false);
    expect(cell(ana({ checks }), STUCK_AFTER_MS)?.stuck).toBe(true);
    expect(cell(ana({ checks, passes }), STUCK_AFTER_MS)?.stuck).toBe(false);
    expect(cell(ana({ checks, present: false }), STUCK_AFTER_MS)?.stuck).toBe(false);
  });

  it("somebody at a step works on it, until the same reason is stuck; away from it, or gone, it is not yet", () => {
    const checks = [check("one/a", "not-yet")];
    const place = { step: "chapter/one", at: at(0) };
    expect(cell(ana({ checks, place }))).toMatchObject({ state: "working", reason: { id: "why-one/a" } });
    expect(cell(ana({ checks, place }), STUCK_AFTER_MS)).toMatchObject({ state: "not-yet", stuck: true });
    expect(cell(ana({ checks, place: { step: "chapter/two", at: at(0) } }))?.state).toBe("not-yet");
    expect(cell(ana({ checks, place, present: false }))?.state).toBe("not-yet");
    expect(cell(ana({ checks: [check("one/a", "could-not-check")], place }))?.state).toBe("could-not-check");
    const passes = [{ stepKey: "course/chapter/one", passedAt: at(0), waivedFor: null, score: 1 }];
    expect(cell(ana({ checks, place, passes }))?.state).toBe("passed");
  });

  it("long silence at a step without any verdict is stuck, counted from the last pass", () => {
    const place = { step: "chapter/two", at: at(0) };
    const passes = [{ stepKey: "course/chapter/one", passedAt: at(60_000), waivedFor: null, score: 1 }];
    const two = (nowMs: number, more: object = {}) =>
      boardStudent(ana({ place, ...more }), at(nowMs).getTime()).cells.find(({ step }) => step === "chapter/two");
    expect(two(SILENT_AFTER_MS - 1)).toMatchObject({ state: "working", stuck: false });
    expect(two(SILENT_AFTER_MS)).toMatchObject({ state: "working", stuck: true });
    expect(two(SILENT_AFTER_MS, { passes })?.stuck).toBe(false);
    expect(two(SILENT_AFTER_MS, { present: false })).toBeUndefined();
  });

  it("without a lab nothing was seen yet", () => {
    expect(boardStudent(ana({ labId: null }), 0)).toMatchObject({ seen: false, cells: [] });
  });
});
