import Papa from "papaparse";
import { describe, expect, it } from "vitest";
import { resultsCsv } from "./results-csv.ts";

const row = {
  ...{ seat: "s1", name: "Ana", chapter: "c", step: "one", title: "One" },
  ...{ passedAt: undefined, waivedFor: undefined, score: undefined },
};

describe("results as CSV", () => {
  it.each([
    ["=HYPERLINK(1)", "'=HYPERLINK(1)"],
    ["+1", "'+1"],
    ["-1", "'-1"],
    ["@SUM(A1)", "'@SUM(A1)"],
    [" =1", "' =1"],
    ['=1,"2"', `'=1,"2"`],
    ["Ana, B", "Ana, B"],
    ["＝1", "'＝1"],
    ["李", "李"],
    ["a=b", "a=b"],
  ])("%j becomes %j", (name, cell) => {
    const csv = resultsCsv([{ ...row, name }], false);
    expect(Papa.parse<string[]>(csv).data[1]).toEqual(["s1", cell, "c", "one", "One", "0", "", "", ""]);
  });

  it("has a line for each step, and the mark only when asked for", () => {
    const csv = resultsCsv(
      [
        { ...row, passedAt: new Date(0), score: 0.5 },
        { ...row, passedAt: undefined },
      ],
      false,
    );
    expect(csv.split("\r\n").slice(1, 3)).toEqual([
      "s1,Ana,c,one,One,1,1970-01-01T00:00:00.000Z,,0.5",
      "s1,Ana,c,one,One,0,,,",
    ]);
    expect(resultsCsv([], true).startsWith("\ufeffseat,")).toBe(true);
  });
});
