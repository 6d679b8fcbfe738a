import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ContentError } from "./content-error.ts";
import { chapterFile, courseFile, solveFile, wrongFile } from "./schemas.ts";
import { ContentProblems, parseYaml } from "./yaml-file.ts";

const chapter = new URL("../vm-migration-and-clustering/05-create-a-cluster/chapter.yaml", import.meta.url);
const good = readFileSync(chapter, "utf8");

/** What an author reads for this text. */
function refusal(text: string, schema: Parameters<typeof parseYaml>[2]): string[] {
  try {
    parseYaml(text, "x.yaml", schema);
  } catch (error) {
    if (error instanceof ContentProblems) {
      expect(error).toBeInstanceOf(ContentError);
      return error.message.split("\n");
    }
    throw error;
  }
  return [];
}

describe("chapter.yaml", () => {
  it("of the first chapter fits, with defaults filled in", () => {
    const parsed = parseYaml(good, "chapter.yaml", chapterFile);
    expect(parsed.id).toBe("create-a-cluster");
    expect(parsed.was).toEqual([]);
    expect(parsed.steps.map((step) => step.id)).toEqual(["create", "join-second", "join-third", "agree"]);
  });

  it("names line, column and path of a field that does not exist", () => {
    expect(refusal(good.replace("minutes: 20", "minuts: 25\nminutes: 20"), chapterFile)).toEqual([
      "x.yaml:4:9: minuts: there is no such field here",
    ]);
  });

  it("names the line of a wrong value deep inside", () => {
    const [line] = refusal(
      good.replace("{ id: three-votes, weight: 1 }", "{ id: three-votes, weight: 0 }"),
      chapterFile,
    );
    expect(line).toMatch(/^x\.yaml:\d+:\d+: steps\[3\]\.checks\[3\]\.weight: a weight is above 0$/);
  });

  it("points at the parent of a missing field", () => {
    const [line] = refusal(good.replace("title: Join pve3", "was: [join-pve3]"), chapterFile);
    expect(line).toMatch(/^x\.yaml:\d+:\d+: steps\[2\]\.title: /);
  });

  it("refuses two steps with one id, an id in capitals, a node listed twice", () => {
    const lines = refusal(
      good.replace("- id: agree", "- id: create").replace("[pve1, pve2, pve3]", "[pve1, pve1]"),
      chapterFile,
    );
    expect(lines).toHaveLength(2);
    expect(lines.join("\n")).toMatch(/a second step with the id create/);
    expect(lines.join("\n")).toMatch(/lab\.nodes\[1\]: pve1 is listed twice/);
    expect(refusal(good.replace("id: create-a-cluster", "id: CreateACluster"), chapterFile)[0]).toMatch(
      /^x\.yaml:1:5: id: an id is lower-case words/,
    );
  });

  it("refuses a value for a class that would be the same for every seat", () => {
    expect(refusal(good.replace("lab-{code}", "lab-x"), chapterFile)[0]).toMatch(/perLearner: must contain \{code\}/);
  });

  it("reports text that is no YAML with its line", () => {
    expect(refusal("id: a\ntitle: 'b\n", courseFile)[0]).toMatch(/^x\.yaml:\d+:\d+: /);
  });
});

describe("solve.yaml", () => {
  it("takes commands with answers, faults and states to wait for", () => {
    const actions = parseYaml(
      `- on: pve1
  run: pvecm add pve2
  answer: [{ prompt: "password", type: "x" }]
  exit: 0
- lab: { power: pve3, state: off }
- lab: { link: pve1-pve3, up: false }
- until: { step: create }
- until: { on: pve1, run: "true" }`,
      "solve.yaml",
      solveFile,
    );
    expect(actions).toHaveLength(5);
    expect(actions[3]).toEqual({ until: { step: "create", is: "passed" } });
  });

  it("refuses a time to wait", () => {
    expect(refusal("- until: { seconds: 5 }", solveFile).join("\n")).toMatch(/x\.yaml:1:\d+: \[0\]\.until/);
    expect(refusal("- sleep: 5", solveFile)[0]).toBe(
      "x.yaml:1:3: [0]: expected one of: on + run, lab, until, when + do",
    );
  });

  it("names the field of an action that is wrong", () => {
    expect(refusal("- on: pve1\n  run: ls\n  exit: 300", solveFile)[0]).toMatch(/^x\.yaml:3:9: \[0\]\.exit: /);
    expect(refusal("- on: pve1\n  run: ls\n  exits: 3", solveFile)[0]).toMatch(
      /^x\.yaml:3:10: \[0\]\.exits: there is no/,
    );
  });
});

describe("wrong/NAME.yaml", () => {
  it("refuses an outcome that is none", () => {
    const text = "title: x\ndo: [{ on: pve1, run: ls }]\nverdicts:\n  create/cluster-named: failed\n";
    expect(refusal(text, wrongFile)[0]).toMatch(/^x\.yaml:4:\d+: verdicts\.create\/cluster-named: /);
  });
});
