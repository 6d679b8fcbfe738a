import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findChapter, loadCourses, loadProofs } from "../content/pipeline/load-chapter.ts";
import { replay } from "../content/pipeline/replay.ts";
import type { LabDescription } from "../labs/lab-description.ts";
import { type StartedLab, startLabProcess } from "../tools/lab-process.ts";
import { loadChapterChecks } from "./chapter-checks.ts";
import { judge, outcomeOf } from "./judge.ts";
import type { Observation } from "./observation.ts";
import { observe } from "./observe.ts";

/** A lab of three nodes, solved once; its description still names the certificates from before the joins. */
let lab: StartedLab;
let baseline: Observation;
const chapter = findChapter(await loadCourses(), "vm-migration-and-clustering/create-a-cluster")!;
const checks = await loadChapterChecks(chapter);
const variables = { clusterName: "lab" };

const verdicts = (observation: Observation) =>
  judge(chapter, checks, { observation, history: [], variables, baseline });
const look = (description: LabDescription, perNodeMs = 10_000) =>
  observe(description, { baseline, budget: { perNodeMs } });
const troubles = ({ nodes }: Observation) =>
  nodes.map(({ reached }) => (reached.answered ? "answered" : reached.trouble.kind));
const outcome = (observation: Observation, key: string) =>
  verdicts(observation).find((verdict) => verdict.key.endsWith(key))!;

beforeAll(async () => {
  lab = await startLabProcess({ nodes: 3, seed: "7", clock: "fast" });
  baseline = await observe(lab.description);
  await replay((await loadProofs(chapter)).solve, {
    lab: lab.description,
    variables,
    applyFault: () => Promise.reject(new Error("the solution has no fault")),
    stepOutcome: async (step) =>
      outcomeOf(verdicts(await look(lab.description)).filter(({ key }) => key.split("/")[2] === step)),
  });
}, 120_000);
afterAll(() => lab?.stop());

describe("observing a cluster whose joins have changed the certificates", () => {
  it("finds all three well, with only the old certificates to begin with", async () => {
    const seen = await look(lab.description);
    expect(troubles(seen)).toEqual(["answered", "answered", "answered"]);
    expect(outcomeOf(verdicts(seen))).toBe("passed");
    expect(seen.nodes.map((node) => node.join)).toEqual(
      Array(3).fill(expect.objectContaining({ value: expect.objectContaining({ available: true }) })),
    );
  });

  it("takes them from the cluster's own list where SSH leads nowhere", async () => {
    const nodes = lab.description.nodes.map((node) => ({ ...node, ssh: { ...node.ssh, port: 1 } }));
    expect(troubles(await look({ ...lab.description, nodes }))).toEqual(["answered", "answered", "answered"]);
  });

  it("does not take one that only a stranger's SSH key vouches for", async () => {
    const nodes = lab.description.nodes.slice(1, 2).map((node) => ({
      ...node,
      ssh: { ...node.ssh, hostKeySha256: `SHA256:${"A".repeat(43)}` },
    }));
    expect(troubles(await look({ ...lab.description, nodes }))).toEqual(["certificate"]);
  });
});

describe("observing a cluster with a node in trouble", () => {
  it("names a node whose plug is pulled, within its time, and judges the others", async () => {
    await lab.control("PUT", "/nodes/pve3/power", { state: "off" });
    const seen = await look(lab.description, 2_000);
    expect(seen.nodes.slice(0, 2).every(({ reached }) => reached.answered)).toBe(true);
    expect(seen.nodes[2]!.reached.answered).toBe(false);
    expect(outcome(seen, "join-second/pve2-is-member").outcome).toBe("passed");
    expect(outcome(seen, "join-third/pve3-is-member")).toMatchObject({
      outcome: "could-not-check",
      message: { id: "node.unreachable", values: { nodes: ["pve3"] } },
    });
    await lab.control("PUT", "/nodes/pve3/power", { state: "on" });
  });
});
