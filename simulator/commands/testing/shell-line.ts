/** A line of a node's shell in fast time, for transcripts whose commands are more than one program. */
import type { LabState } from "../../cluster/state.ts";
import { createNodeFiles } from "../../node-view/node-files-adapter.ts";
import { createShellSession, type ShellSession } from "../../shell/session.ts";
import { allCommands } from "../commands.ts";
import { qnetdSession } from "../qnetd-host/qnetd-session.ts";
import { fastPort } from "./run-program.ts";

/** Run it without a terminal. @returns what it wrote, both streams in order, and its exit status */
export async function shellLine(lab: LabState, node: string, line: string): Promise<Typed> {
  const port = fastPort(lab);
  return typeInto(createShellSession({ node, port, files: createNodeFiles(port, node), commands: allCommands }), line);
}

/** The same on the host of corosync-qnetd. */
export async function qnetdLine(lab: LabState, line: string): Promise<Typed> {
  return typeInto(qnetdSession({ lab: fastPort(lab), breathe: async () => {} }, lab.qnetd!.name), line);
}

interface Typed {
  output: string;
  exit: number;
}

async function typeInto(session: ShellSession, line: string): Promise<Typed> {
  let output = "";
  const write = {
    write: async (bytes: Uint8Array) => {
      output += new TextDecoder().decode(bytes);
    },
  };
  const exit = await session.runCommand(line, { stdin: { read: async () => undefined }, stdout: write, stderr: write });
  return { output, exit: typeof exit === "number" ? exit : 0 };
}
