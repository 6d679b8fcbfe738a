import { expect, it } from "vitest";
import { commandParts, filledCommand } from "./placeholders.ts";

it("a placeholder becomes the learner's value, and the rest stays as typed", () => {
  expect(filledCommand("pvecm create {clusterName} # ${HOME}", { clusterName: "lab" })).toBe(
    "pvecm create lab # ${HOME}",
  );
});

it("a shell's own braces are not placeholders", () => {
  expect(filledCommand("echo {a,b} ${x}", { x: "no" })).toBe("echo {a,b} ${x}");
});

it("the parts tell which of them are the learner's", () => {
  expect(commandParts("pvecm create {clusterName}", { clusterName: "lab" })).toEqual([
    { kind: "text", text: "pvecm create " },
    { kind: "value", name: "clusterName", text: "lab" },
  ]);
});
