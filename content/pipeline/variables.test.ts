import { describe, expect, it } from "vitest";
import { actionsFor } from "./replay.ts";
import type { Action } from "./schemas.ts";
import { drawnNames, drawnVariables, firstDraw, seatVariables, selfPacedVariables } from "./variables.ts";

const chapter = {
  variables: {
    clusterName: { title: "Name", selfPaced: "lab", perLearner: "lab-{code}" },
    fault: { title: "Fault", oneOf: ["ghost", "cable-cut", "power-off"] },
    node: { title: "Node", oneOf: ["pve2", "pve3"] },
  },
};

describe("drawn values", () => {
  it("are the same for the same lab, and differ between labs", () => {
    expect(drawnVariables(chapter, "lab-1")).toEqual(drawnVariables(chapter, "lab-1"));
    const seen = new Set(Array.from({ length: 40 }, (_, lab) => JSON.stringify(drawnVariables(chapter, `lab-${lab}`))));
    expect(seen.size).toBe(6);
  });

  it("stay as a lab has them, also when the author adds one; one that is gone is drawn anew", () => {
    const kept = { fault: "power-off", node: "pve9" };
    expect(drawnVariables(chapter, "lab-1", kept).fault).toBe("power-off");
    expect(["pve2", "pve3"]).toContain(drawnVariables(chapter, "lab-1", kept).node);
  });

  it("are no value of the learner's, alone or in a class", () => {
    expect(selfPacedVariables(chapter)).toEqual({ clusterName: "lab" });
    expect(seatVariables(chapter, "x7")).toEqual({ clusterName: "lab-x7" });
    expect(drawnNames(chapter)).toEqual(["fault", "node"]);
    expect(firstDraw(chapter)).toEqual({ fault: "ghost", node: "pve2" });
  });
});

describe("actions for drawn values", () => {
  const run = (line: string) => ({ on: "pve1", run: line, answer: [] });
  const actions: Action[] = [
    run("first"),
    { when: { fault: "ghost" }, do: [run("ghost"), { when: { node: ["pve2", "pve3"] }, do: [run("inner")] }] },
    { when: { fault: ["cable-cut", "power-off"], node: "pve3" }, do: [run("both")] },
  ];
  const lines = (variables: Record<string, string>) =>
    actionsFor(actions, variables).map((action) => ("run" in action ? action.run : ""));

  it("are those whose conditions all fit, in their order", () => {
    expect(lines({ fault: "ghost", node: "pve3" })).toEqual(["first", "ghost", "inner"]);
    expect(lines({ fault: "power-off", node: "pve3" })).toEqual(["first", "both"]);
    expect(lines({ fault: "power-off", node: "pve2" })).toEqual(["first"]);
    expect(lines({})).toEqual(["first"]);
  });
});
