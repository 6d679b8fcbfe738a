/** The recorded scenarios on the model, and what the command says of tables that it cannot use. */
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { conformance } from "./conformance-command.ts";
import { replay } from "./replay.ts";
import { readTable } from "./table.ts";

const TABLE = new URL("../recordings/corosync/conformance.json", import.meta.url).pathname;

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

function written(text: string): string {
  const file = join(mkdtempSync(join(tmpdir(), "conformance-")), "table.json");
  writeFileSync(file, text);
  return file;
}

describe("recorded scenarios", () => {
  for (const scenario of readTable(TABLE)) {
    if (scenario.kind !== "states") continue;
    it(`${scenario.name} comes out as recorded`, () => {
      expect(replay(scenario, "recorded").outcome).toEqual({ kind: "ok" });
    });
  }
});

describe("scenarios that follow from the recorded facts", () => {
  // Quick restarts, uneven votes, two nodes without wait_for_all, split brain by expected votes: FACTS 7, 8, 22, 24.
  const table = new URL("./derived-scenarios.json", import.meta.url).pathname;
  for (const scenario of readTable(table)) {
    it(`${scenario.name} comes out as the facts say`, () => {
      for (const seed of ["one", "two", "three"]) expect(replay(scenario, seed).outcome).toEqual({ kind: "ok" });
    });
  }
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
    expect(facts.filter((line) => !line.startsWith("ok "))).toEqual([]);
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
  it("refuses a number of seeds that is none", () => {
    expect(run("--seeds", "many", TABLE)).toMatchObject({ code: 2, err: [expect.stringContaining("usage")] });
  });
});

describe("npm run conformance", () => {
  it("counts what is not modelled apart from what is right", () => {
    const { code, out } = run(TABLE);
    expect(code).toBe(0);
    expect(out.at(-1)).toBe("total 41: 36 ok, 0 different, 5 skipped, 0 not modelled; 3 steps skipped");
    const table = JSON.parse(readFileSync(TABLE, "utf8")) as { name: string; steps: { op: string }[] }[];
    const scenario = table.find(({ name }) => name === "n3-kill-down")!;
    scenario.steps[2]!.op = "meteor";
    expect(run(written(JSON.stringify([scenario]))).out[0]).toBe("not modelled: n3-kill-down: op meteor");
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
    expect(run("/nowhere/table.json")).toMatchObject({ code: 2, err: [expect.stringContaining("cannot read")] });
    expect(run(written("nope"))).toMatchObject({ code: 2, err: [expect.stringContaining("is not JSON")] });
    const wrong = '[{"kind":"states","name":"x","n":3,"steps":[{"do":"start"}]}]';
    expect(run(written(wrong)).err[0]).toContain('scenario "x", steps[0].op');
  });
});
