/** The recorded scenarios on the model, and what the command says of tables that it cannot use. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { conformance } from "./conformance-command.ts";
import { replay } from "./replay.ts";
import { stressCounts } from "./stress.ts";
import { readTable, type StatesScenario, type StressScenario } from "./table.ts";
import { chanceOfMedian, coverageLeast } from "./timing-report.ts";

const FOLDER = new URL("../recordings/corosync/", import.meta.url).pathname;
const TABLE = join(FOLDER, "conformance.json");
/** Tables of our own: every op, field and option of the format, states derived from the rules of FACTS. */
const OURS = readdirSync(FOLDER).filter((name) => /^ours-.*\.json$/.test(name));

function run(...files: string[]): { code: number; out: string[]; err: string[] } {
  const out: string[] = [];
  const err: string[] = [];
  const code = conformance(
    files,
    (line) => out.push(line),
    (line) => err.push(line),
  );
  return { code, out, err };
}

const folder = mkdtempSync(join(tmpdir(), "quorate-conformance-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let tables = 0;

function written(text: string): string {
  const file = join(folder, `${tables++}.json`);
  writeFileSync(file, text);
  return file;
}

/** Starts of a few nodes at once: their times come from how their links come up one after the other. */
function startsAtOnce(): string {
  const table = JSON.parse(readFileSync(TABLE, "utf8")) as { name: string; steps: object[] }[];
  const starts = table.filter(({ name }) => /^n[2357]-graceful-stop$|^n4-partitions$/.test(name));
  return written(JSON.stringify(starts.map((scenario) => ({ ...scenario, steps: scenario.steps.slice(0, 1) }))));
}

function statesOf(file: string): StatesScenario[] {
  return readTable(file).filter((scenario) => scenario.kind === "states");
}

describe("recorded scenarios", () => {
  for (const scenario of statesOf(TABLE)) {
    it(`${scenario.name} comes out as recorded`, () => {
      expect(replay(scenario, "recorded").outcome).toEqual({ kind: "ok" });
    });
  }
});

describe("further recorded scenarios", () => {
  const files = [
    "conformance-further.json",
    "conformance-device.json",
    "conformance-device-further.json",
    "conformance-drawn.json",
    "conformance-drawn-further.json",
  ];
  for (const scenario of files.flatMap((name) => statesOf(join(FOLDER, name)))) {
    it(`${scenario.name} comes out as recorded`, () => {
      for (const seed of ["one", "two"]) expect(replay(scenario, seed).outcome).toEqual({ kind: "ok" });
    });
  }
});

describe("scenarios that follow from the recorded facts", () => {
  // Quick restarts, uneven votes, two nodes without wait_for_all, split brain by expected votes: FACTS 7, 8, 22, 24.
  const table = new URL("./derived-scenarios.json", import.meta.url).pathname;
  for (const scenario of statesOf(table)) {
    it(`${scenario.name} comes out as the facts say`, () => {
      for (const seed of ["one", "two", "three"]) expect(replay(scenario, seed).outcome).toEqual({ kind: "ok" });
    });
  }
  for (const name of OURS) {
    it(`${name} comes out right and nothing of it is left out`, () => {
      const { code, out } = run(join(FOLDER, name));
      expect(out.filter((line) => !/^(ok|moving|total) /.test(line))).toEqual([]);
      expect(code).toBe(0);
    });
  }
});

describe("stress", () => {
  it("warns of a late token as often as recorded, until the ring breaks", () => {
    const scenario = readTable(TABLE).find(({ name }) => name === "n3-latency") as StressScenario;
    const warned = stressCounts(scenario, "stress").map(({ tokwarn, memberships }) => [
      Math.max(...tokwarn),
      Math.max(...memberships),
    ]);
    const recorded = scenario.levels.map(({ perNode }) => Math.max(...perNode.tokwarn));
    for (const [index, { args, disturbed }] of scenario.levels.entries()) {
      if (disturbed || args[0] > 950) continue;
      expect(Math.abs(warned[index]![0]! - recorded[index]!), `${args[0]} ms`).toBeLessThanOrEqual(2);
      expect(warned[index]![1], `${args[0]} ms`).toBe(0);
    }
    expect(warned.at(-2)![1]).toBeGreaterThan(0);
  });
  it("is different when a recorded count is out of reach", () => {
    const table = JSON.parse(readFileSync(TABLE, "utf8")) as StressScenario[];
    const scenario = table.find(({ name }) => name === "n3-loss")!;
    scenario.levels[3]!.perNode.memberships = [60, 60, 60];
    const { code, out } = run(written(JSON.stringify([scenario])));
    expect(code).toBe(1);
    expect(out[0]).toMatch(/^different n3-loss: step 4 \(loss 5\), 8 runs, memberships: seen \d+ to \d+, expected 60$/);
  });
});

describe("npm run conformance -- --seeds N", () => {
  it("puts losses, heals and stops inside the recorded spans, and exits with 1 when a time lies outside", () => {
    const table = JSON.parse(readFileSync(TABLE, "utf8")) as {
      name: string;
      steps: { ms?: Record<string, number> }[];
    }[];
    const some = table.filter(({ name }) => /^n[357]-(partitions|graceful-stop|kill-down)$/.test(name));
    const good = run("--seeds", "10", written(JSON.stringify(some)));
    const facts = good.out.filter((line) => /FACTS n=\d (loss|heal|stop)/.test(line));
    expect(facts.length).toBeGreaterThanOrEqual(6);
    // Of stops there are two to six recordings a size.
    expect(facts.filter((line) => !/^ok |^(ok, few recordings|too seldom) FACTS n=\d stop/.test(line))).toEqual([]);
    const slow = some.map((scenario) => ({
      ...scenario,
      steps: scenario.steps.map((step) =>
        step.ms?.tokenLost ? { ...step, ms: { ...step.ms, tokenLost: step.ms.tokenLost * 2 } } : step,
      ),
    }));
    const bad = run("--seeds", "3", written(JSON.stringify(slow)));
    expect(bad.code).toBe(1);
    expect(bad.out.some((line) => line.startsWith("OUTSIDE n=7 kill one: tokenLost"))).toBe(true);
  });
  it("asks for less of a range the fewer recordings it comes from, and never for more than their ends can say", () => {
    const asked = [1, 2, 3, 8, 27, 400].map(coverageLeast);
    expect(asked).toEqual(asked.toSorted((a, b) => a - b));
    expect(asked[0]).toBeLessThan(0.001);
    expect(asked.at(-1)).toBeGreaterThan(0.98);
    // Three draws: 3 c^2 - 2 c^3 = 0.01.
    expect(asked[2]).toBeCloseTo(0.0589, 3);
  });
  it("takes a median for chance only as often as chance has it there", () => {
    const times = Array.from({ length: 199 }, (_, index) => 1_000 + index);
    // One recording above all of 199: one order in 200 has it there, and one as far below.
    expect(chanceOfMedian({ median: 5_000, samples: 1 }, times)).toBeCloseTo(0.01, 6);
    expect(chanceOfMedian({ median: 500, samples: 1 }, times)).toBeCloseTo(0.01, 6);
    expect(chanceOfMedian({ median: 1_100, samples: 1 }, times)).toBe(1);
    // The middle of three: two of them have to be there.
    expect(chanceOfMedian({ median: 500, samples: 3 }, times)).toBeLessThan(0.0004);
    // Eleven of ours cannot speak against a single recording, and that is said.
    expect(chanceOfMedian({ median: 500, samples: 1 }, times.slice(0, 11))).toBeCloseTo(2 / 12, 6);
  });
  it("judges every group that has a recording, and says which with few", () => {
    const { code, out } = run("--seeds", "3", startsAtOnce());
    expect(code).toBe(0);
    expect(out.slice(0, -1).filter((line) => !/^(ok(, few recordings)?|too seldom) /.test(line))).toEqual([]);
    expect(out.at(-1)).toMatch(/^times over 3 seeds: \d+ of \d+ groups inside .*; 0 outside$/);
  });
  it("refuses a number of seeds that is none", () => {
    expect(run("--seeds", "many", TABLE)).toMatchObject({ code: 2, err: [expect.stringContaining("usage")] });
  });
});

interface Loose {
  name: string;
  steps: { op: string; expect: object[] }[];
}

/** A table of one recorded scenario with something changed in it. */
function changed(change: (scenario: Loose) => void): string {
  const table = JSON.parse(readFileSync(TABLE, "utf8")) as Loose[];
  const scenario = table.find(({ name }) => name === "n3-kill-down")!;
  change(scenario);
  return written(JSON.stringify([scenario]));
}

describe("npm run conformance", () => {
  it("judges the whole recorded table", () => {
    const { code, out } = run(TABLE);
    expect(code).toBe(0);
    expect(out.at(-1)).toBe("total 41: 41 ok, 0 different, 0 not modelled; 3 steps judged as moving");
  });
  it.each([
    ["an unknown op", { op: "meteor" }, "unknown op meteor"],
    ["an op of JavaScript's own", { op: "toString" }, "unknown op toString"],
    ["a missing operand", { nodes: undefined }, "op kill without nodes"],
    ["an operand of another op", { groups: [[1], [2]] }, "op kill takes no groups"],
    ["a node that is not there", { nodes: [4] }, "node 4 of 3"],
    ["a tool that does not run", { tool: { exit: 0, output: "" } }, "op kill has no tool"],
    ["a raw step in strange words", { op: "raw", nodes: undefined }, "op raw in words that say no cut"],
    ["a link that is not there", { op: "cut", nodes: undefined, groups: [[1], [2]], links: [1] }, "link 1 of 1"],
    ["half the arguments", { op: "hang_for", nodes: undefined, args: [2] }, "op hang_for with args [2]"],
  ])("fails on %s", (_, change, reason) => {
    const { code, out } = run(changed((scenario) => Object.assign(scenario.steps[2]!, change)));
    expect(code).toBe(1);
    expect(out[0]).toBe(`not modelled: n3-kill-down: step 3 (kill 2): ${reason}`);
  });
  it.each([
    ["of a step", (scenario: Loose) => Object.assign(scenario.steps[2]!, { wind: 3 }), "unknown field steps[2].wind"],
    [
      "of an expectation",
      (scenario: Loose) => Object.assign(scenario.steps[2]!.expect[0]!, { mood: "low" }),
      "unknown field steps[2].expect[0].mood",
    ],
    ["of a scenario", (scenario: Loose) => Object.assign(scenario, { moon: 1 }), "unknown field moon"],
    [
      "of the options",
      (scenario: Loose) => Object.assign(scenario, { options: { allow_downscale: 1 } }),
      "unknown option allow_downscale",
    ],
    [
      "in a file that corosync cannot read",
      (scenario: Loose) =>
        Object.assign(scenario.steps[2]!, { op: "conf", nodes: undefined, reloadOn: 1, quorum: "device {" }),
      "the model ended with: parser error: /etc/corosync/corosync.conf:1: Missing closing brace",
    ],
  ])("fails on an unknown field %s", (_, change, reason) => {
    const { code, out } = run(changed(change));
    expect(code).toBe(1);
    expect(out[0]).toBe(`not modelled: n3-kill-down: ${reason}`);
  });
  it("names the first difference: step, node, field, seen and expected", () => {
    const table = JSON.parse(readFileSync(TABLE, "utf8")) as {
      name: string;
      steps: { expect: { quorum: number }[] }[];
    }[];
    const scenario = table.find(({ name }) => name === "n3-kill-down")!;
    scenario.steps[2]!.expect[0]!.quorum = 3;
    const { code, out } = run(written(JSON.stringify([scenario])));
    expect(code).toBe(1);
    expect(out[0]).toBe("different n3-kill-down: step 3 (kill 2), pve1, quorum: seen 2, expected 3");
  });
  it("ends with 2 and one clear line on input that it cannot use", () => {
    expect(run()).toMatchObject({ code: 2, err: [expect.stringContaining("usage")] });
    expect(run("--sedes", "3", TABLE)).toMatchObject({ code: 2, err: [expect.stringContaining("usage")] });
    expect(run("/nowhere/table.json")).toMatchObject({ code: 2, err: [expect.stringContaining("cannot read")] });
    expect(run(written("nope"))).toMatchObject({ code: 2, err: [expect.stringContaining("is not JSON")] });
    const wrong = '[{"kind":"states","name":"x","n":3,"steps":[{"do":"start"}]}]';
    expect(run(written(wrong)).err[0]).toContain('scenario "x", steps[0].op');
  });
});
