/**
 * Runs what `snippets/` holds through this machine's bash and keeps what it printed:
 * `node simulator/recordings/shell/record.ts [FILE.txt ...]`, all of them without a name.
 * Each snippet has a directory of its own; needs no more than bash and Debian's usual tools.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const here = import.meta.dirname;
const bash = execFileSync("/bin/bash", ["-c", "echo -n $BASH_VERSION"], { encoding: "utf8" });

function record(script: string) {
  const directory = mkdtempSync(join(tmpdir(), "snippet-"));
  const ran = spawnSync("/bin/bash", ["--norc", "-c", script], {
    cwd: directory,
    argv0: "bash",
    env: { HOME: "/root", PATH: "/usr/bin:/bin", LANG: "C.UTF-8", NODE_ENV: "test" },
    stdio: ["ignore", "pipe", "pipe"],
    encoding: "utf8",
    timeout: 60_000,
  });
  if (ran.status === null) throw new Error(`did not end: ${script}`);
  rmSync(directory, { recursive: true });
  const withoutPlace = (output: string) => output.replaceAll(directory, "/work-directory");
  return { script, stdout: withoutPlace(ran.stdout), stderr: withoutPlace(ran.stderr), status: ran.status };
}

const all = readdirSync(join(here, "snippets")).sort();
const wanted = process.argv.length > 2 ? process.argv.slice(2) : all;
const path = join(here, "bash.json");
const kept = (JSON.parse(readFileSync(path, "utf8")) as { recorded: Record<string, ReturnType<typeof record>[]> })
  .recorded;
const recorded: typeof kept = {};
for (const file of all) {
  const subject = file.replace(/\.txt$/, "");
  const texts = readFileSync(join(here, "snippets", file), "utf8").replace(/\n$/, "").split("\n%%\n");
  recorded[subject] = wanted.includes(file) ? texts.map(record) : (kept[subject] ?? []);
  console.log(`${subject}: ${recorded[subject].length}`);
}
writeFileSync(path, `${JSON.stringify({ bash, recorded }, undefined, 1)}\n`);
