import { describe, expect, it } from "vitest";
import { findChapter, loadCourses } from "../content/pipeline/load-chapter.ts";
import { loadChapterChecks } from "./chapter-checks.ts";
import { clusterNamed } from "./checks/cluster.ts";
import { lab } from "./checks/sample-lab.ts";
import { judge, outcomeOf, scoreOf } from "./judge.ts";
import { readObservation } from "./observation.ts";

const all = ["pve1", "pve2", "pve3"];
const three = { cluster: "lab", members: all };
const fresh = lab({ pve1: "alone", pve2: "alone", pve3: "alone" });
const solved = lab({ pve1: three, pve2: three, pve3: three });
const chapter = findChapter(await loadCourses(), "vm-migration-and-clustering/create-a-cluster")!;
const checks = await loadChapterChecks(chapter);
const variables = { clusterName: "lab" };

describe("judging a chapter", () => {
  it("finds everything not yet before, and everything passed after", () => {
    const before = judge(chapter, checks, { observation: fresh, history: [], variables, baseline: fresh });
    expect(new Set(before.map(({ outcome }) => outcome))).toEqual(new Set(["not-yet"]));
    const after = judge(chapter, checks, { observation: solved, history: [], variables, baseline: fresh });
    expect(new Set(after.map(({ outcome }) => outcome))).toEqual(new Set(["passed"]));
    expect(after[0]!.key).toBe("vm-migration-and-clustering/create-a-cluster/create/cluster-named");
    expect(scoreOf(after)).toBe(1);
  });

  it("gives the same verdicts for an observation that was stored and read again", () => {
    const now = judge(chapter, checks, { observation: solved, history: [], variables, baseline: fresh });
    const [observation, baseline] = [solved, fresh].map((seen) => readObservation(JSON.parse(JSON.stringify(seen))));
    const later = judge(chapter, checks, { observation: observation!, history: [], variables, baseline: baseline! });
    expect(JSON.stringify(later)).toBe(JSON.stringify(now));
  });

  it("changes nothing that it is given", () => {
    const before = JSON.stringify([solved, fresh]);
    judge(chapter, checks, { observation: solved, history: [], variables, baseline: fresh });
    expect(JSON.stringify([solved, fresh])).toBe(before);
  });

  it("without a baseline could check all but what changed", () => {
    const verdicts = judge(chapter, checks, { observation: solved, history: [], variables });
    const blind = verdicts.filter(({ outcome }) => outcome === "could-not-check");
    expect(blind.map(({ key }) => key.split("/").at(-1))).toEqual([
      "created-now",
      "pve2-joined-now",
      "pve3-joined-now",
      "three-members",
    ]);
    expect(new Set(blind.map(({ message }) => message.id))).toEqual(new Set(["baseline.missing"]));
  });

  it("judges the others when one check is broken or missing", () => {
    const broken = {
      ...checks,
      create: {
        "cluster-named": () => {
          throw new Error("oops");
        },
      },
    };
    const verdicts = judge(chapter, broken, { observation: solved, history: [], variables, baseline: fresh });
    expect(verdicts.slice(0, 2).map(({ message }) => message.id)).toEqual(["check.broken", "check.broken"]);
    expect(verdicts.slice(2).every(({ outcome }) => outcome === "passed")).toBe(true);
  });

  it("does not pass somebody else's cluster", () => {
    const check = clusterNamed({ on: "pve1", name: { variable: "clusterName" } });
    expect(check({ observation: solved, history: [], variables: { clusterName: "lab-k7dm" } }).outcome).toBe("not-yet");
  });
});

describe("a step", () => {
  it("is not yet as long as something can be mended, and unknown only when nothing else is wrong", () => {
    const of = (...outcomes: ("passed" | "not-yet" | "could-not-check")[]) =>
      outcomeOf(outcomes.map((outcome) => ({ outcome })));
    expect(of("passed", "could-not-check", "not-yet")).toBe("not-yet");
    expect(of("passed", "could-not-check")).toBe("could-not-check");
    expect(of("passed", "passed")).toBe("passed");
  });

  it("scores by weight", () => {
    expect(
      scoreOf([
        { outcome: "passed", weight: 2 },
        { outcome: "not-yet", weight: 1 },
      ]),
    ).toBeCloseTo(2 / 3);
  });
});
