/**
 * Runs `snippets.txt` through this machine's bash and keeps what it printed: `node simulator/recordings/shell/record.ts`.
 * Each snippet has a directory of its own; needs no more than bash and coreutils.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const here = import.meta.dirname;
const bash = execFileSync("/bin/bash", ["-c", "echo -n $BASH_VERSION"], { encoding: "utf8" });
const snippets = readFileSync(join(here, "snippets.txt"), "utf8").split("\n%%\n");

const recorded = snippets.map((text) => {
  const script = text.replace(/\n$/, "");
  const directory = mkdtempSync(join(tmpdir(), "snippet-"));
  const ran = spawnSync("/bin/bash", ["--norc", "-c", script], {
    cwd: directory,
    argv0: "bash",
    env: { HOME: "/root", PATH: "/usr/bin:/bin", LANG: "C.UTF-8", NODE_ENV: "test" },
    stdio: ["ignore", "pipe", "pipe"],
    encoding: "utf8",
    timeout: 10_000,
  });
  rmSync(directory, { recursive: true });
  const withoutPlace = (output: string) => output.replaceAll(directory, "/work-directory");
  return {
    script,
    stdout: withoutPlace(ran.stdout),
    stderr: withoutPlace(ran.stderr),
    status: ran.status,
  };
});
writeFileSync(join(here, "bash.json"), `${JSON.stringify({ bash, recorded }, undefined, 1)}\n`);
console.log(`${recorded.length} snippets recorded from bash ${bash}`);
