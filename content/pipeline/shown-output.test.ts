import { expect, it } from "vitest";
import {
  formatOutputs,
  hasColumns,
  outputShape,
  parseOutputs,
  partOf,
  printedText,
  shownParts,
} from "./shown-output.ts";

it("outputs are read as they were written, empty ones too", () => {
  const outputs = [
    { node: "pve1", command: "pvecm expected 1", status: 0, text: "" },
    { node: "pve2", command: "ls; echo a", status: 2, text: "one\n\ntwo" },
  ];
  expect(parseOutputs(formatOutputs(outputs))).toEqual(outputs);
});

it("a terminal's bytes lose colours and carriage returns", () => {
  expect(printedText("a \x1b[1mb\x1b[0m\r\nc  \r\n\r\n")).toBe("a b\nc");
});

it("a part goes from one mark to the next, and a mark that is not there is told", () => {
  const text = "head\nstart here\nmiddle\nend here\ntail";
  expect(partOf(text, { from: "start", to: "end" })).toBe("start here\nmiddle\nend here");
  expect(partOf(text, { from: "nowhere" })).toBeUndefined();
  expect(partOf(text, { from: "start", to: "nowhere" })).toBeUndefined();
});

it("what stands in columns is told from lines of a log, which may wrap", () => {
  expect(hasColumns("      VMID NAME                 STATUS\n       221 shop                 stopped")).toBe(true);
  expect(hasColumns("2026-11-28 20:09:42 starting migration\n2026-11-28 20:09:43 migration finished")).toBe(false);
  expect(hasColumns("one line     of two words")).toBe(false);
  expect(hasColumns(`a     b\n${"long ".repeat(30)}`)).toBe(false);
});

it("the shape forgets times and figures, and keeps every word", () => {
  const first =
    "2026-11-28 16:36:49 migration active, transferred 3.0 GiB\n2026-11-28 16:36:50 migration active, transferred 3.1 GiB";
  expect(outputShape(first)).toBe(outputShape("2027-01-02 01:02:03 migration active, transferred 512.9 MiB"));
  expect(outputShape("Quorate: Yes")).not.toBe(outputShape("Quorate: No"));
});

it("what a text shows is read from its blocks, whatever stands in the command", () => {
  const source = `<Output on="pve1" of="qm list" />
<Output on="pve3" of='ping $m > /dev/null && echo "yes"' nth="2" from="a" to="b" />
<Run on="pve1">qm list</Run>`;
  expect(shownParts(source)).toEqual([
    { on: "pve1", of: "qm list", nth: 1 },
    { on: "pve3", of: 'ping $m > /dev/null && echo "yes"', nth: 2, from: "a", to: "b" },
  ]);
});
