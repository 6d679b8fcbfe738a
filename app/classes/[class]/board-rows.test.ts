import { describe, expect, it } from "vitest";
import type { BoardStudent } from "../../../gateway/protocol.ts";
import { type BoardShow, boardRows, reachedCells } from "./board-rows.ts";

const student = (name: string, passed: number, rest: Partial<BoardStudent> = {}, stuck = false): BoardStudent => ({
  ...{ id: name, name, seat: "s1", seen: true, present: true },
  cells: Array.from({ length: passed + 1 }, (_, at) => ({
    ...{ step: `c/${at}`, state: at < passed ? ("passed" as const) : ("not-yet" as const), sinceMs: at },
    stuck: stuck && at === passed,
  })),
  ...rest,
});
const students = [student("Zoe", 2), student("ana 10", 0, { present: false }), student("ana 9", 1, {}, true)];
const names = (order: "seat" | "name" | "least", show: BoardShow = "all") =>
  boardRows(students, { order, show, waiting: new Set(["Zoe"]) }).map(({ name }) => name);

describe("the board's rows", () => {
  it("stay by seat unless asked, and are ordered by name or by what is passed", () => {
    expect(names("seat")).toEqual(["Zoe", "ana 10", "ana 9"]);
    expect(names("name")).toEqual(["ana 9", "ana 10", "Zoe"]);
    expect(names("least")).toEqual(["ana 10", "ana 9", "Zoe"]);
    expect(students.map(({ name }) => name)).toEqual(["Zoe", "ana 10", "ana 9"]);
  });

  it.each([
    ["help", ["Zoe"]],
    ["stuck", ["ana 9"]],
    ["here", ["Zoe", "ana 9"]],
    ["away", ["ana 10"]],
  ] as const)("shows only those who are %s", (show, expected) => expect(names("seat", show)).toEqual(expected));
});

describe("the cells of a row", () => {
  const cell = (step: string, state: "passed" | "working" | "not-yet" | "could-not-check", stuck = false) => ({
    ...{ step, state, sinceMs: 0, stuck },
  });
  const steps = ["a/1", "a/2", "a/3", "b/1", "b/2"];
  const reached = (...cells: ReturnType<typeof cell>[]) =>
    reachedCells([student("Ana", 0, { cells })], steps)[0]?.cells.map(({ step }) => step);

  it("end at the first open step of a chapter, as everything after it is judged not yet with it", () => {
    expect(reached(cell("a/1", "passed"), cell("a/2", "not-yet"), cell("a/3", "not-yet"))).toEqual(["a/1", "a/2"]);
    expect(reached(cell("a/1", "could-not-check"), cell("a/2", "could-not-check"))).toEqual(["a/1"]);
    expect(reached(cell("a/1", "not-yet"), cell("b/1", "not-yet"), cell("b/2", "not-yet"))).toEqual(["a/1", "b/1"]);
  });

  it("show a step done or worked at ahead of others, and one that is stuck", () => {
    expect(reached(cell("a/1", "not-yet"), cell("a/2", "passed"), cell("a/3", "working"))).toHaveLength(3);
    expect(reached(cell("a/1", "not-yet"), cell("a/2", "not-yet", true))).toHaveLength(2);
    expect(reached(cell("a/2", "not-yet"))).toEqual(["a/2"]);
  });
});
