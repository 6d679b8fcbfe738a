import { describe, expect, it } from "vitest";
import type { BoardStudent } from "../../../gateway/protocol.ts";
import { type BoardShow, boardRows } from "./board-rows.ts";

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
