import { expect, it } from "vitest";
import { sentence } from "./sentence.ts";

it("a check's message is said in the grader's words", () => {
  expect(sentence({ id: "cluster.none", values: { node: "pve1" } })).toBe("pve1 is not in a cluster yet.");
});

it("a refusal of the gateway's is said in its words", () => {
  expect(sentence({ id: "node-unknown", values: { node: "pve9" } })).toBe("This lab has no node called pve9.");
});

it("a message of a newer version is shown with its values, never as nothing", () => {
  expect(sentence({ id: "guest.gone", values: { vmid: 100 } })).toBe("guest.gone (vmid: 100)");
});
