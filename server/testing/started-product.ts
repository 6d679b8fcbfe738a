/** `npm start` as a user runs it, for tests: its own data folder and port, everything it printed, and its processes. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const project = fileURLToPath(new URL("../../", import.meta.url));

export interface Started {
  child: ChildProcess;
  output(): string;
  /** Resolves with the URL printed; rejects when the start ends before. */
  ready(): Promise<string>;
  /** Wait until the output has this. */
  says(pattern: RegExp): Promise<void>;
  /** Resolves with the exit code. */
  ended(): Promise<number | null>;
  /** As Ctrl-C. */
  stop(): Promise<number | null>;
}

/** A folder with a short name, open to the database's user; removed by the caller. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "qst-"));
  chmodSync(folder, 0o755);
  return folder;
}

/** @param options.as user and group the start runs as; the test's own otherwise */
export function startProduct(
  env: Record<string, string>,
  options: { as?: { uid: number; gid: number } } = {},
): Started {
  const clean = Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^(PORT|HOST|DATABASE_URL|TRUST_PROXY|QUORATE_|VITEST|NODE_ENV)/.test(name),
    ),
  );
  const child = spawn(process.execPath, [join(project, "server", "start.mjs")], {
    cwd: project,
    env: { ...clean, PORT: "0", ...env } as unknown as NodeJS.ProcessEnv,
    stdio: ["ignore", "pipe", "pipe"],
    ...options.as,
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  const ended = once(child, "exit").then(([code]) => code as number | null);
  const says = async (pattern: RegExp) => {
    while (!pattern.test(output)) {
      if (child.exitCode !== null) throw new Error(`the start ended with ${child.exitCode}; it printed:\n${output}`);
      await wait(50);
    }
  };
  return {
    child,
    output: () => output,
    says,
    ready: async () => {
      await says(/Quorate is ready: \S+/);
      return /Quorate is ready: (\S+)/.exec(output)![1]!;
    },
    ended: () => ended,
    stop: () => {
      child.kill("SIGINT");
      return ended;
    },
  };
}

/** Process numbers of everything that works on a data folder, by a word of their command line. Linux only. */
export function processesOf(dataFolder: string, parent: ChildProcess): Map<string, number> {
  const found = new Map<string, number>();
  const parents = new Map<number, number>();
  const commands = new Map<number, string>();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const status = readFileSync(`/proc/${name}/stat`, "utf8");
      parents.set(Number(name), Number(status.slice(status.lastIndexOf(")") + 2).split(" ")[1]));
      commands.set(Number(name), readFileSync(`/proc/${name}/cmdline`, "utf8").replaceAll("\0", " "));
    } catch {
      // It ended meanwhile.
    }
  }
  const isOurs = (pid: number): boolean => {
    for (let at: number | undefined = pid; at !== undefined && at > 1; at = parents.get(at)) {
      if (at === parent.pid) return true;
    }
    return false;
  };
  for (const [pid, command] of commands) {
    if (command.includes(`postgres -D ${join(dataFolder, "postgres")}`)) found.set("postgres", pid);
    const name = /server\/(?:processes\/)?(main|database|simulator-host|grader|web|gateway)\.ts/.exec(command)?.[1];
    if (name && isOurs(pid)) found.set(name, pid);
  }
  return found;
}

export function isRunning(pid: number): boolean {
  try {
    // A zombie is dead; only its parent has not asked yet.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

export async function untilGone(pids: Iterable<number>): Promise<void> {
  for (const pid of pids) while (isRunning(pid)) await wait(50);
}

/** Uid and gid of a user that can run things, to test as somebody else than root. */
export function otherUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0 || !existsSync("/etc/passwd")) return undefined;
  const ask = (flag: string) => Number(execFileSync("id", [flag, "nobody"]));
  return { uid: ask("-u"), gid: ask("-g") };
}

export function remove(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}
