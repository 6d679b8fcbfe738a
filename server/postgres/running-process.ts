/** What a process number belongs to now. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Whether the process is a PostgreSQL server of this data folder; numbers are reused, so its command is looked at. */
export async function isPostgres(pid: number, data: string): Promise<boolean> {
  try {
    if (process.platform === "linux") {
      const words = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
      return /postgres$/.test(words[0] ?? "") && words.includes(data);
    }
    if (process.platform === "win32") {
      const { stdout } = await run("tasklist", ["/FI", `PID eq ${pid}`, "/FO", "CSV", "/NH"]);
      return /postgres\.exe/i.test(stdout);
    }
    const { stdout } = await run("ps", ["-o", "command=", "-p", String(pid)]);
    return stdout.includes("postgres") && stdout.includes(data);
  } catch {
    return false;
  }
}
