/** A line of a node's shell in fast time, for transcripts whose commands are more than one program. */
import type { LabState } from "../../cluster/state.ts";
import { createNodeFiles } from "../../node-view/node-files-adapter.ts";
import { createShellSession } from "../../shell/session.ts";
import { allCommands } from "../commands.ts";
import { fastPort } from "./run-program.ts";

/** Run it without a terminal. @returns what it wrote, both streams in order, and its exit status */
export async function shellLine(lab: LabState, node: string, line: string): Promise<{ output: string; exit: number }> {
  const port = fastPort(lab);
  let output = "";
  const write = {
    write: async (bytes: Uint8Array) => {
      output += new TextDecoder().decode(bytes);
    },
  };
  const session = createShellSession({ node, port, files: createNodeFiles(port, node), commands: allCommands });
  const exit = await session.runCommand(line, { stdin: { read: async () => undefined }, stdout: write, stderr: write });
  return { output, exit: typeof exit === "number" ? exit : 0 };
}
