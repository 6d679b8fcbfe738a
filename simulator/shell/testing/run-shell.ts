/** Running command lines in tests, with everything they print. */
import { allCommands } from "../../commands/commands.ts";
import { createMemoryFiles } from "../memory-files.ts";
import type { NodeFiles } from "../node-files.ts";
import { createShellSession } from "../session.ts";
import { createFakeLab, type FakeLab } from "./fake-lab.ts";

export interface Ran {
  stdout: string;
  stderr: string;
  status: number;
}

export const START_FILES: Record<string, string> = {
  "/root/": "",
  "/tmp/": "",
  "/usr/bin/": "",
  "/etc/hosts": "127.0.0.1 localhost\n10.0.0.11 pve1\n10.0.0.12 pve2\n",
};

/** Run one command line on a node of its own, its time jumping whenever it waits. */
export async function runShell(
  commandLine: string,
  options: { files?: NodeFiles; stdin?: string; lab?: FakeLab; cwd?: string } = {},
): Promise<Ran> {
  const lab = options.lab ?? createFakeLab();
  if (!options.lab) lab.runFast();
  const files = options.files ?? createMemoryFiles(START_FILES);
  const session = createShellSession({
    node: "pve1",
    port: lab.port,
    files,
    commands: allCommands,
    activity: lab.activity,
    ...(options.cwd && { cwd: options.cwd }),
  });
  let [stdout, stderr] = ["", ""];
  let stdin: Uint8Array | undefined = Buffer.from(options.stdin ?? "");
  const status = await session.runCommand(commandLine, {
    stdin: {
      read: async () => {
        const bytes = stdin;
        stdin = undefined;
        return bytes?.length ? bytes : undefined;
      },
    },
    stdout: {
      write: async (bytes) => {
        stdout += Buffer.from(bytes).toString("utf8");
      },
    },
    stderr: {
      write: async (bytes) => {
        stderr += Buffer.from(bytes).toString("utf8");
      },
    },
  });
  return { stdout, stderr, status };
}
