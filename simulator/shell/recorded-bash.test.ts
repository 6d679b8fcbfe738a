import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createMemoryFiles } from "./memory-files.ts";
import { createFakeLab } from "./testing/fake-lab.ts";
import { runShell, START_FILES } from "./testing/run-shell.ts";

interface Recorded {
  script: string;
  stdout: string;
  stderr: string;
  status: number;
}

const read = (name: string) =>
  JSON.parse(readFileSync(new URL(`../recordings/shell/${name}`, import.meta.url), "utf8")) as unknown;
const { bash, recorded } = read("bash.json") as { bash: string; recorded: Record<string, Recorded[]> };
/** By script: how this shell is known to differ, as docs/fidelity/shell.md tells. */
const differences = read("differences.json") as Record<string, string>;

async function ours(script: string) {
  const lab = createFakeLab();
  lab.runFast();
  const start = { ...START_FILES, "/work-directory/": "", "/usr/bin/bash": "", "/etc/": "" };
  const files = createMemoryFiles(start, () => lab.port.read(({ nowMs, wallOffsetMs }) => nowMs + wallOffsetMs));
  return runShell(script, { files, lab, cwd: "/work-directory" });
}

describe.each(Object.entries(recorded))(`the shell beside a real bash ${bash}: %s`, (_subject, snippets) => {
  it.each(snippets.filter(({ script }) => !(script in differences)))(
    "does as bash: $script",
    async ({ script, stdout, stderr, status }) => {
      expect(await ours(script)).toEqual({ stdout, stderr, status });
    },
  );

  const different = snippets.filter(({ script }) => script in differences);
  it.runIf(different.length > 0).each(different)(
    "still differs, or its entry may go: $script",
    async ({ script, stdout, stderr, status }) => {
      expect(await ours(script)).not.toEqual({ stdout, stderr, status });
    },
  );
});

it("every difference that is listed is one of a snippet", () => {
  const scripts = new Set(Object.values(recorded).flatMap((snippets) => snippets.map(({ script }) => script)));
  expect(Object.keys(differences).filter((script) => !scripts.has(script))).toEqual([]);
});
