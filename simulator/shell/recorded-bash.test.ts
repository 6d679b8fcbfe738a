import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createMemoryFiles } from "./memory-files.ts";
import { runShell, START_FILES } from "./testing/run-shell.ts";

interface Recorded {
  script: string;
  stdout: string;
  stderr: string;
  status: number;
}

const read = (name: string) =>
  JSON.parse(readFileSync(new URL(`../recordings/shell/${name}`, import.meta.url), "utf8")) as unknown;
const { bash, recorded } = read("bash.json") as { bash: string; recorded: Recorded[] };
/** By script: how this shell is known to differ, as docs/fidelity/shell.md tells. */
const differences = read("differences.json") as Record<string, string>;

async function ours(script: string) {
  const files = createMemoryFiles({ ...START_FILES, "/work-directory/": "", "/usr/bin/bash": "", "/etc/": "" });
  return runShell(script, { files, cwd: "/work-directory" });
}

describe(`the shell beside a real bash ${bash}`, () => {
  it.each(recorded.filter(({ script }) => !(script in differences)))(
    "does as bash: $script",
    async ({ script, stdout, stderr, status }) => {
      expect(await ours(script)).toEqual({ stdout, stderr, status });
    },
  );

  it.each(recorded.filter(({ script }) => script in differences))(
    "still differs, or its entry may go: $script",
    async ({ script, stdout, stderr, status }) => {
      expect(await ours(script)).not.toEqual({ stdout, stderr, status });
    },
  );
});
