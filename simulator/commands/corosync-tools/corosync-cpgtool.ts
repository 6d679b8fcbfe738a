/**
 * corosync-cpgtool: process groups on the ring and who is in them.
 *
 * @source corosync 3.1.7 tools/corosync-cpgtool.c; recorded without groups and without corosync. pmxcfs counts the zero
 * at the end of a group's name as part of it: unverified
 */
import type { CorosyncDaemon } from "../../cluster/corosync/corosync-state.ts";
import { nodeIdOf } from "../../cluster/corosync/view.ts";
import type { ProgramContext } from "../../shell/process.ts";
import { BadOption, getopt } from "../getopt.ts";
import { waitWhileHung } from "./corosync-quorumtool.ts";

const USAGE = `usage: corosync-cpgtool [-d delimiter] [-e] [-n] [-h]

    -d  what stands between the fields
    -e  leave characters of a name that cannot be printed as they are
    -n  names of the groups alone
    -h  show this help
`;

export async function corosyncCpgtool(context: ProgramContext): Promise<number> {
  let delimiter: string | undefined;
  let [escaped, namesOnly] = [true, false];
  try {
    for (const { option, value } of getopt("corosync-cpgtool", context.argv.slice(1), "hd:ne")) {
      if (option === "d") delimiter = value[0];
      else if (option === "e") escaped = false;
      else if (option === "n") namesOnly = true;
      else {
        await context.stdout.write(USAGE);
        return 0;
      }
    }
  } catch (error) {
    if (!(error instanceof BadOption)) throw error;
    await context.stderr.write(`${error.message}\n`);
    return 1;
  }
  await waitWhileHung(context);
  const { lab, node, stdout, stderr } = context;
  const daemon = lab.read((state) =>
    nodeIdOf(state, node) === undefined ? undefined : state.nodes[node]?.corosync.daemon,
  );
  if (!daemon) {
    await stderr.write("Could not initialize corosync cpg API error 2\n");
    return 1;
  }
  const zero = escaped ? "\\x00" : "\0";
  const groups = groupsOf(daemon).map(({ name, members }) => ({ name: `${name}${zero}`, members }));
  if (namesOnly) {
    await stdout.write(groups.map(({ name }) => `${name}${delimiter ?? "\n"}`).join("") + (delimiter ? "\n" : ""));
    return 0;
  }
  if (delimiter !== undefined) {
    const rows = groups.flatMap(({ name, members }) => members.map(({ pid, nodeId }) => [name, pid, nodeId]));
    await stdout.write([["GRP_NAME", "PID", "NODEID"], ...rows].map((row) => `${row.join(delimiter)}\n`).join(""));
    return 0;
  }
  let text = "Group Name\t       PID\t   Node ID\n";
  for (const { name, members } of groups) {
    text += `${name}\n`;
    for (const { pid, nodeId } of members) {
      const addresses = daemon.config.nodes.find((entry) => entry.nodeId === nodeId)?.addresses ?? [];
      const shown = addresses.map(({ address }) => address).join(" ");
      text += `\t\t${String(pid).padStart(10)}\t${String(nodeId).padStart(10)} (${shown})\n`;
    }
  }
  await stdout.write(text);
  return 0;
}

function groupsOf({ cpg }: Readonly<CorosyncDaemon>) {
  const groups = Map.groupBy(cpg.processes, ({ group }) => group);
  return [...groups].map(([name, members]) => ({ name, members })).toReversed();
}
