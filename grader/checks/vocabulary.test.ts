import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { loadCourses, loadProofs } from "../../content/pipeline/load-chapter.ts";
import { loadChapterChecks } from "../chapter-checks.ts";
import * as agreement from "./agreement.ts";
import * as cluster from "./cluster.ts";
import * as membership from "./membership.ts";
import { messageValues } from "./messages.ts";
import * as presence from "./presence.ts";
import * as quorum from "./quorum.ts";
import * as resources from "./resources.ts";
import { vocabulary, vocabularyTable } from "./vocabulary.ts";

const modules = {
  "agreement.ts": agreement,
  "cluster.ts": cluster,
  "membership.ts": membership,
  "presence.ts": presence,
  "quorum.ts": quorum,
  "resources.ts": resources,
};

describe("the vocabulary of checks", () => {
  it("lists every check there is, and no other", () => {
    const written = Object.entries(modules)
      .flatMap(([file, module]) => Object.keys(module).map((name) => `${file} ${name}`))
      .filter((name) => name !== "cluster.ts blind");
    expect(vocabulary.map(({ file, name }) => `${file} ${name}`).sort()).toEqual(written.sort());
  });

  it("stands in docs/authoring.md as it is here", () => {
    expect(readFileSync(new URL("../../docs/authoring.md", import.meta.url), "utf8")).toContain(vocabularyTable());
  });
});

describe("the chapters of this repository", () => {
  it("have checks for what chapter.yaml lists, and wrong states that name messages there are", async () => {
    for (const chapter of (await loadCourses()).flatMap((course) => course.chapters)) {
      await loadChapterChecks(chapter);
      const { wrong } = await loadProofs(chapter);
      for (const { file, proof } of wrong) {
        for (const id of Object.values(proof.messages)) expect(Object.keys(messageValues), file).toContain(id);
      }
    }
  });
});
