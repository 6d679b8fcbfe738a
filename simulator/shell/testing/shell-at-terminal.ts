/** A shell at a terminal of its own, as both kinds of tests of terminals start it. */
import { allCommands } from "../../commands/commands.ts";
import { completers } from "../../commands/completers.ts";
import { createMemoryFiles } from "../memory-files.ts";
import { createShellSession } from "../session.ts";
import { Terminal } from "../terminal.ts";
import type { FakeLab } from "./fake-lab.ts";
import { START_FILES } from "./run-shell.ts";

export interface TerminalStart {
  lab: FakeLab;
  columns: number;
  rows: number;
  /** Beside those that every node starts with. */
  files?: Record<string, string>;
  send(bytes: Uint8Array): Promise<void>;
}

/** @returns the shell, its terminal and files; `ended` resolves when it has ended, and rejects at a fault of ours */
export function startShellAtTerminal({ lab, columns, rows, files: more, send }: TerminalStart) {
  const terminal = new Terminal({ columns, rows, term: "xterm-256color", send });
  const files = createMemoryFiles({ ...START_FILES, ...more });
  const session = createShellSession({
    node: "pve1",
    port: lab.port,
    files,
    commands: allCommands,
    completers,
    activity: lab.activity,
    terminal,
    onFault: (error) => {
      throw error;
    },
  });
  return { terminal, files, session, ended: session.runInteractive() };
}
