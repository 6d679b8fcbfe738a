import { describe, expect, it } from "vitest";
import type { BoardCell, BoardStudent } from "../gateway/protocol.ts";
import { classSteps } from "./class-steps.ts";

const minute = 60_000;
const cell = (step: string, state: BoardCell["state"], sinceMs: number, reason?: string, stuck = false): BoardCell => ({
  ...{ step, state, sinceMs, stuck },
  ...(reason && { reason: { id: reason } }),
});
const student = (id: string, ...cells: BoardCell[]): BoardStudent => ({
  ...{ id, name: id, seat: "s1", seen: true, present: true, cells },
});

describe("where a class is stuck", () => {
  it("counts who passed, who tried, and the commonest reason first", () => {
    const [one] = classSteps(
      [
        student("a", cell("c/one", "passed", 10)),
        student("b", cell("c/one", "not-yet", 10, "not-named")),
        student("c", cell("c/one", "not-yet", 10, "no-cluster", true)),
        student("d", cell("c/one", "could-not-check", 10, "no-cluster")),
        student("e"),
      ],
      ["c/one"],
    );
    expect(one).toMatchObject({ passed: 1, open: 3, stuck: 1 });
    expect(one?.reasons.map(({ message, students }) => [message.id, students])).toEqual([
      ["no-cluster", 2],
      ["not-named", 1],
    ]);
  });

  it("a reason that several have says nothing of what is each one's own", () => {
    const lacking = (id: string, storage: string) =>
      student(id, {
        ...{ step: "c/one", state: "not-yet", sinceMs: 10, stuck: false },
        reason: { id: "storage.missing", values: { storage, nodes: ["pve1"] } },
      });
    const [one] = classSteps([lacking("a", "scratch-s1"), lacking("b", "scratch-s2")], ["c/one"]);
    expect(one?.reasons).toEqual([
      { message: { id: "storage.missing", values: { storage: "…", nodes: ["pve1"] } }, students: 2 },
    ]);
  });

  it("takes the time from the pass before, and none for a first pass or one of another day", () => {
    const passed = (id: string, first: number, second: number) =>
      student(id, cell("c/one", "passed", first), cell("c/two", "passed", second));
    const [one, two] = classSteps(
      [
        passed("a", minute, 3 * minute),
        passed("b", minute, 5 * minute),
        passed("c", minute, 11 * minute),
        passed("d", minute, 24 * 60 * minute),
      ],
      ["c/one", "c/two"],
    );
    expect(one?.medianMs).toBeUndefined();
    expect(two?.medianMs).toBe(4 * minute);
  });

  it("of a class without students says nothing", () => {
    expect(classSteps([], ["c/one"])).toEqual([
      { step: "c/one", passed: 0, open: 0, stuck: 0, reasons: [], medianMs: undefined },
    ]);
  });
});
