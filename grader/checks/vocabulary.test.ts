import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { loadCourses, loadProofs } from "../../content/pipeline/load-chapter.ts";
import { loadChapterChecks } from "../chapter-checks.ts";
import * as afterStep from "./after-step.ts";
import * as agreement from "./agreement.ts";
import { checksDocument } from "./checks-document.ts";
import * as cluster from "./cluster.ts";
import * as exercise from "./exercise.ts";
import * as files from "./files.ts";
import * as guests from "./guests.ts";
import * as ha from "./ha.ts";
import * as links from "./links.ts";
import * as membership from "./membership.ts";
import { messageValues } from "./messages.ts";
import * as migration from "./migration.ts";
import * as overTime from "./over-time.ts";
import * as presence from "./presence.ts";
import * as qdevice from "./qdevice.ts";
import * as quorum from "./quorum.ts";
import * as recovery from "./recovery.ts";
import * as resources from "./resources.ts";
import { vocabulary } from "./vocabulary.ts";

const modules = {
  "after-step.ts": afterStep,
  "agreement.ts": agreement,
  "cluster.ts": cluster,
  "exercise.ts": exercise,
  "files.ts": files,
  "guests.ts": guests,
  "ha.ts": ha,
  "links.ts": links,
  "migration.ts": migration,
  "over-time.ts": overTime,
  "qdevice.ts": qdevice,
  "recovery.ts": recovery,
  "membership.ts": membership,
  "presence.ts": presence,
  "quorum.ts": quorum,
  "resources.ts": resources,
};

/** Exported for other checks, not for chapters. */
const helpers = new Set(["cluster.ts blind", "guests.ts disksOf"]);

describe("the vocabulary of checks", () => {
  it("lists every check there is, and no other", () => {
    const written = Object.entries(modules)
      .flatMap(([file, module]) => Object.keys(module).map((name) => `${file} ${name}`))
      .filter((name) => !helpers.has(name));
    expect(vocabulary.map(({ file, name }) => `${file} ${name}`).sort()).toEqual(written.sort());
  });

  it("stands in docs/checks.md as it is here", () => {
    const written = readFileSync(new URL("../../docs/checks.md", import.meta.url), "utf8");
    expect(written, "npm run checks:docs writes it").toBe(checksDocument());
    for (const { name } of vocabulary) expect(written).toContain(`\`${name}(`);
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
