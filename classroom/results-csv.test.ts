import { describe, expect, it } from "vitest";
import { csvCell, resultsCsv } from "./results-csv.ts";

describe("results as CSV", () => {
  it.each([
    ["=HYPERLINK(1)", "'=HYPERLINK(1)"],
    ["+1", "'+1"],
    ["-1", "'-1"],
    ["@SUM(A1)", "'@SUM(A1)"],
    [" =1", "' =1"],
    ['=1,"2"', `"'=1,""2"""`],
    ["Ana, B", '"Ana, B"'],
    ["李", "李"],
    ["a=b", "a=b"],
  ])("%j becomes %j", (text, cell) => expect(csvCell(text)).toBe(cell));

  it("has a line for each step, and the mark only when asked for", () => {
    const row = { seat: "s1", name: "Ana", chapter: "c", step: "one", title: "One", waivedFor: undefined };
    const csv = resultsCsv(
      [
        { ...row, passedAt: new Date(0) },
        { ...row, passedAt: undefined },
      ],
      false,
    );
    expect(csv.split("\r\n").slice(1, 3)).toEqual([
      "s1,Ana,c,one,One,1,1970-01-01T00:00:00.000Z,",
      "s1,Ana,c,one,One,0,,",
    ]);
    expect(resultsCsv([], true).startsWith("\ufeffseat,")).toBe(true);
  });
});
