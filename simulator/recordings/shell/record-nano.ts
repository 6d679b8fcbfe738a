/**
 * Types into this machine's nano in tmux and keeps its screens: `node simulator/recordings/shell/record-nano.ts`.
 * Needs tmux and Debian 12's nano with its own /etc/nanorc. Keys are given as bytes, the same for both sides.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const here = import.meta.dirname;
const cases = JSON.parse(readFileSync(join(here, "nano-keys.json"), "utf8")) as { command: string; keys: string[] }[];
const FILES: Record<string, string> = {
  f: "one two three\nsecond line\nthird\n",
  long: `${Array.from({ length: 120 }, (_, at) => at + 1).join(" ")}\n`,
  conf: "# a comment\n[section]\nkey = value\n\ttab\n",
  many: Array.from({ length: 60 }, (_, at) => `${at + 1}\n`).join(""),
};
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const tmux = (...words: string[]) => execFileSync("tmux", ["-L", "record-nano", ...words], { encoding: "utf8" });

// A server without a session ends; this one keeps it.
tmux("new-session", "-d", "-s", "keep", "sleep 3600");
const recorded = [];
for (const { command, keys } of cases) {
  const directory = mkdtempSync(join(tmpdir(), "nano-"));
  for (const [name, text] of Object.entries(FILES)) writeFileSync(join(directory, name), text);
  tmux("new-session", "-d", "-s", "one", "-x", "80", "-y", "24", "-c", directory, `env TERM=xterm-256color ${command}`);
  const screens: string[][] = [];
  const look = async () => {
    await pause(350);
    try {
      const rows = tmux("capture-pane", "-p", "-t", "one")
        .split("\n")
        .map((row) => row.trimEnd());
      while (rows.at(-1) === "") rows.pop();
      screens.push(rows);
    } catch {
      screens.push(["(ended)"]);
    }
  };
  await look();
  for (const key of keys) {
    if (screens.at(-1)![0] === "(ended)") break;
    tmux("send-keys", "-t", "one", "-H", ...[...Buffer.from(key)].map((byte) => byte.toString(16)));
    await look();
  }
  if (screens.at(-1)![0] !== "(ended)") tmux("kill-session", "-t", "one");
  const left: Record<string, string> = {};
  for (const [name, text] of Object.entries(FILES)) {
    const now = readFileSync(join(directory, name), "utf8");
    if (now !== text) left[name] = now;
  }
  rmSync(directory, { recursive: true });
  recorded.push({ command, keys, screens, left });
}
tmux("kill-server");
writeFileSync(join(here, "nano.json"), `${JSON.stringify({ files: FILES, recorded }, undefined, 1)}\n`);
console.log(`${recorded.length} sessions recorded`);
