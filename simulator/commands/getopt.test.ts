import { expect, it } from "vitest";
import { BadOption, getopt, wholeNumber } from "./getopt.ts";

const read = (...args: string[]) => [...getopt("tool", args, "sn:o:", { node: "n" })];

it("reads options together, with their values behind or beside them, and behind words", () => {
  expect(read("-sn2", "word", "-o", "name", "-s")).toEqual([
    { option: "s", value: "" },
    { option: "n", value: "2" },
    { option: "o", value: "name" },
    { option: "s", value: "" },
  ]);
  expect(read("--node", "2", "--node=3")).toEqual([
    { option: "n", value: "2" },
    { option: "n", value: "3" },
  ]);
  expect(read("-s", "--", "-x")).toEqual([{ option: "s", value: "" }]);
  expect(read("-")).toEqual([]);
});

it("refuses what it does not know, and an option without its value", () => {
  expect(() => read("-sx")).toThrow(new BadOption("tool: invalid option -- 'x'"));
  expect(() => read("-:")).toThrow(new BadOption("tool: invalid option -- ':'"));
  expect(() => read("-n")).toThrow(new BadOption("tool: option requires an argument -- 'n'"));
  expect(() => read("--nodes")).toThrow(new BadOption("tool: unrecognized option '--nodes'"));
});

it("takes whole numbers alone", () => {
  expect([wholeNumber("1", 1), wholeNumber("0", 0), wholeNumber("4294967295", 1)]).toEqual([1, 0, 4294967295]);
  expect(["0", "-1", "1.5", "", "x", "4294967296"].map((text) => wholeNumber(text, 1))).toEqual(
    Array(6).fill(undefined),
  );
});
