import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findChapter, loadCourses } from "../content/pipeline/load-chapter.ts";
import { loadChapterChecks } from "./chapter-checks.ts";
import { lab } from "./checks/sample-lab.ts";
import { judge } from "./judge.ts";
import { judgementOf, packJudgement, unpackJudgement } from "./judgement.ts";
import { readObservation } from "./observation.ts";
import { startFakeNode } from "./testing/fake-node.ts";
import type { CheckVerdict } from "./verdict.ts";

const command = fileURLToPath(new URL("./grade-command.ts", import.meta.url));
const node = fileURLToPath(new URL("../node_modules/.bin/node", import.meta.url));
const chapter = ["--chapter", "vm-migration-and-clustering/create-a-cluster"];
let folder: string;
const file = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "quorate-grade-"));
  const three = { cluster: "lab", members: ["pve1", "pve2", "pve3"] };
  await writeFile(file("fresh.json"), JSON.stringify(lab({ pve1: "alone", pve2: "alone", pve3: "alone" })));
  await writeFile(file("solved.json"), JSON.stringify(lab({ pve1: three, pve2: three, pve3: three })));
  await writeFile(file("dead.json"), JSON.stringify(lab({ pve1: "dead", pve2: "dead", pve3: "dead" })));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function grade(...args: string[]): Promise<{ status: number; out: string; err: string }> {
  return new Promise((resolve) => {
    execFile(node, [command, ...args], (error, out, err) => {
      resolve({ status: error ? Number(error.code) : 0, out, err });
    });
  });
}

describe("npm run grade", () => {
  it("ends with 0 for passed, 1 for not yet, 2 for could not check", async () => {
    const judge = (seen: string) => grade(...chapter, "--observation", file(seen), "--baseline", file("fresh.json"));
    expect(await judge("solved.json")).toMatchObject({ status: 0, err: "" });
    expect((await judge("fresh.json")).status).toBe(1);
    expect((await judge("dead.json")).status).toBe(2);
  });

  it("says what was seen, expected and what is next", async () => {
    const { out } = await grade(...chapter, "--observation", file("fresh.json"), "--step", "create");
    expect(out).toContain("not yet  create/cluster-named: pve1 is not in a cluster yet.");
    expect(out).toContain("seen      pve1: not in a cluster");
    expect(out).toContain("next      On pve1: pvecm create lab");
    expect(out).toContain("unknown  create/created-now: Could not check: what the lab was like when");
  });

  it("gives the same verdicts for what a receipt keeps, history and passed steps included, and says where they differ", async () => {
    const key = "vm-migration-and-clustering/create-a-cluster";
    const found = findChapter(await loadCourses(), key)!;
    const solved = readObservation(JSON.parse(await readFile(file("solved.json"), "utf8")));
    const baseline = readObservation(JSON.parse(await readFile(file("fresh.json"), "utf8")));
    const context = {
      ...{ observation: solved, baseline, history: [baseline], passedSteps: new Set(["create"]) },
      variables: { clusterName: "lab" },
    };
    const verdicts = judge(found, await loadChapterChecks(found), context);
    const kept = judgementOf({ key, contentHash: "h", graderVersion: "v" }, context, verdicts);
    const stored = await unpackJudgement(await packJudgement(kept));
    expect(stored).toEqual(kept);
    await writeFile(file("receipt.json"), JSON.stringify(stored));
    const { status, out, err } = await grade("--observation", file("receipt.json"), "--json");
    expect({ status, err }).toEqual({ status: 0, err: "" });
    const { checks } = JSON.parse(out) as { checks: CheckVerdict[] };
    expect(checks.map(({ key, outcome, message }) => ({ key, outcome, message }))).toEqual(
      verdicts.map(({ key, outcome, message }) => ({ key, outcome, message })),
    );
    const outcomes = { ...kept.outcomes, "create/cluster-named": "not-yet" };
    await writeFile(file("corrected.json"), JSON.stringify({ ...kept, outcomes }));
    const corrected = await grade("--observation", file("corrected.json"));
    expect(corrected.err).toBe(`${key}/create/cluster-named was not-yet when it was judged first\n`);
  });

  it("takes the learner's own values", async () => {
    const { status, out } = await grade(
      ...chapter,
      ...["--observation", file("solved.json"), "--baseline", file("fresh.json"), "--var", "clusterName=lab-k7dm"],
    );
    expect(status).toBe(1);
    expect(out).toContain("pve1 is in a cluster called lab; it should be called lab-k7dm.");
  });

  it("prints one line of JSON that a program can read", async () => {
    const { out } = await grade(...chapter, "--observation", file("solved.json"), "--json");
    expect(out.trim().split("\n")).toHaveLength(1);
    const result = JSON.parse(out);
    expect(result).toMatchObject({ outcome: "could-not-check", variables: { clusterName: "lab" } });
    expect(result.checks).toHaveLength(10);
    expect(result.checks[0]).toMatchObject({ outcome: "passed", sentence: "pve1 is in the cluster lab." });
  });

  it("stores a baseline from the nodes themselves and says which did not answer", async () => {
    const answers = {
      "/cluster/status": {
        status: 200,
        body: '{"data":[{"type":"node","id":"node/pve1","name":"pve1","nodeid":0,"local":1,"online":1}]}',
      },
    };
    const pve1 = await startFakeNode("pve1", answers);
    const dead = { ...pve1.node, name: "pve2", api: { ...pve1.node.api, url: "https://127.0.0.1:1" } };
    await writeFile(file("lab.json"), JSON.stringify({ lab: "x", nodes: [pve1.node, dead] }));
    const { status, err } = await grade("--lab", file("lab.json"), "--save-baseline", file("baseline.json"));
    await pve1.close();
    expect({ status, err }).toEqual({ status: 2, err: "stored, but without pve2, which did not answer\n" });
    const stored = await readFile(file("baseline.json"), "utf8");
    expect(stored).not.toContain(pve1.node.api.password);
    expect(JSON.parse(stored).nodes[0].status.value.cluster).toBeNull();
  });

  it("answers wrong usage with one line and status 2", async () => {
    await writeFile(file("broken.json"), "{");
    await writeFile(file("no-lab.json"), '{"lab":"x","nodes":[]}');
    const cases: [string[], RegExp][] = [
      [[], /^--lab FILE is missing: npm run lab/],
      [["--lab", file("nowhere.json"), ...chapter], /^--lab .*nowhere\.json cannot be read: ENOENT/],
      [["--lab", file("broken.json"), ...chapter], /is not JSON/],
      [["--lab", file("no-lab.json"), ...chapter], /is no lab's description: nodes: /],
      [["--lab", file("no-lab.json")], /^--chapter COURSE\/CHAPTER is missing: the chapters are vm-migration/],
      [["--lab", "x", "--chapter", "a/b"], /^there is no chapter a\/b: the chapters are /],
      [
        ["--lab", "x", ...chapter, "--step", "nope"],
        /^the chapter has no step nope: its steps are create, join-second/,
      ],
      [["--lab", "x", ...chapter, "--var", "size=3"], /^the chapter has no value size: clusterName/],
      [["--lab", "x", ...chapter, "--baseline", file("no-lab.json")], /is no stored observation: --save-baseline/],
      [["--speed", "fast"], /^Unknown option '--speed'/],
    ];
    for (const [args, line] of cases) {
      const { status, err, out } = await grade(...args);
      expect({ status, lines: err.trim().split("\n").length, out }).toEqual({ status: 2, lines: 1, out: "" });
      expect(err).toMatch(line);
    }
  });
});
