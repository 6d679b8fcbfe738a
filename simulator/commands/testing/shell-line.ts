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
  const session = createShellSession({ node, port, files: createNodeFiles(port, node), commands: allCommands });
  const { output, exit } = await typeInto(session, line);
  return { output, exit };
}

/** The same with each stream by itself: what real tools printed into two files. */
export async function shellStreams(lab: LabState, node: string, line: string): Promise<Omit<Streams, "output">> {
  const port = fastPort(lab);
  return typeInto(createShellSession({ node, port, files: createNodeFiles(port, node), commands: allCommands }), line);
}

/** The same on the host of corosync-qnetd. */
export async function qnetdLine(lab: LabState, line: string): Promise<Typed> {
  const session = qnetdSession({ lab: fastPort(lab), breathe: async () => {} }, lab.qnetd!.name);
  const { output, exit } = await typeInto(session, line);
  return { output, exit };
}

interface Typed {
  output: string;
  exit: number;
}

interface Streams extends Typed {
  stdout: string;
  stderr: string;
}

async function typeInto(session: ShellSession, line: string): Promise<Streams> {
  const typed = { output: "", stdout: "", stderr: "" };
  const into = (stream: "stdout" | "stderr") => ({
    write: async (bytes: Uint8Array) => {
      const text = new TextDecoder().decode(bytes);
      typed.output += text;
      typed[stream] += text;
    },
  });
  const streams = { stdin: { read: async () => undefined }, stdout: into("stdout"), stderr: into("stderr") };
  const exit = await session.runCommand(line, streams);
  return { ...typed, exit: typeof exit === "number" ? exit : 0 };
}
