/** A new chapter's files: the smallest that load, compile and can be proved; the author goes on from there. */
import { existsSync } from "node:fs";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ContentError } from "./content-error.ts";

/** The stage that most chapters begin with, where the course has it. */
const CLUSTER = "three-node-cluster";
const NAME = /^(\d{2})-([a-z][a-z0-9]*(?:-[a-z0-9]+)*)$/;

/**
 * @param name `14-my-subject`: number and id
 * @returns the folder
 * @throws ContentError when there is no such course, the name is no folder's name or the number is taken
 */
export async function newChapter(courseFolder: string, name: string): Promise<string> {
  const folder = join(courseFolder, name);
  const [, number, id] = NAME.exec(name) ?? [];
  if (number === undefined || id === undefined) {
    throw new ContentError({ file: folder }, "a chapter's folder is its number and id, such as 14-my-subject");
  }
  if (!existsSync(join(courseFolder, "course.yaml"))) {
    throw new ContentError({ file: join(courseFolder, "course.yaml") }, "write this first: id, title and summary");
  }
  const taken = (await readdir(courseFolder)).find((other) => other.startsWith(`${number}-`));
  if (taken !== undefined) throw new ContentError({ file: folder }, `the number ${number} belongs to ${taken}`);
  await mkdir(join(folder, "wrong"), { recursive: true });
  const stage = existsSync(join(courseFolder, "stages", `${CLUSTER}.yaml`)) ? CLUSTER : "fresh";
  for (const [file, text] of Object.entries(filesOf(id, stage)))
    await writeFile(join(folder, file), text, { flag: "wx" });
  return folder;
}

function filesOf(id: string, stage: string): Record<string, string> {
  const title = id.replaceAll("-", " ").replace(/^./, (first) => first.toUpperCase());
  return {
    "chapter.yaml": `id: ${id}
title: ${title}
aim: say what the learner can do afterwards.
minutes: 15

lab:
  name: three-nodes
  nodes: [pve1, pve2, pve3]

stage: ${stage}

variables:
  clusterName:
    title: Name of the cluster
    selfPaced: lab
    perLearner: lab-{code}

steps:
  - id: first-step
    title: Create a machine
    checks:
      - { id: machine-there, weight: 1 }
`,
    "checks.ts": `import type { ChapterChecks } from "../../../grader/checks/check.ts";
import { guestExists } from "../../../grader/checks/guests.ts";

export const checks: ChapterChecks = {
  "first-step": {
    "machine-there": guestExists({ vmid: 190 }),
  },
};
`,
    "solve.yaml": `- on: pve1
  run: qm create 190 --memory 256
  exit: 0
# Wait for what the rest relies on: a proof also judges with one node silent, so the others must know of the machine.
- until: { on: pve2, run: "grep -q 190 /etc/pve/.vmlist" }
- until: { step: first-step }
`,
    "wrong/other-number.yaml": `title: The machine has another number
do:
  - on: pve1
    run: qm create 191 --memory 256
    exit: 0
verdicts:
  first-step/machine-there: not-yet
`,
    "text.en.mdx": `One idea in two or three short paragraphs.

<Step id="first-step">

Say what to do and why.

<Run on="pve1">qm create 190 --memory 256</Run>

<Hint level="1">A gentle one.</Hint>

<Check id="machine-there">There is a machine 190</Check>

</Step>

<Question id="first-question" title="Which is true?">

<Choice right why="Say why.">This</Choice>
<Choice why="Say why not.">That</Choice>

</Question>

<Summary>

- What to take along.

</Summary>

## Further reading

- The manual page \`qm(1)\`
`,
    "notes.en.mdx": `### Timing

How many minutes for what.

### What goes wrong

- Where learners get stuck, and what helps.

### Questions to ask

- One that starts them talking.
`,
  };
}
