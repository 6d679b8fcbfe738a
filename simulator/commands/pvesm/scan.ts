/** `pvesm scan`: what the API finds, a line each. @source pve-storage 8.3.8 PVE/CLI/pvesm.pm; refusals typed */
import { callAsRoot, refusalText } from "../../api/in-process.ts";
import type { ProgramContext } from "../../shell/process.ts";
import { knownCommand } from "../lacking/known-command.ts";
import type { CliCommand } from "../pve-cli/run-command.ts";
import { usageLine, type Values } from "../pvecm/arguments.ts";

/** By kind: the column that stands first, and the one beside it. */
const COLUMNS: Record<string, [first: string, second?: string]> = {
  cifs: ["share", "description"],
  glusterfs: ["volname"],
  iscsi: ["target", "portal"],
  lvm: ["vg"],
  lvmthin: ["lv"],
  nfs: ["path", "options"],
  pbs: ["store"],
  zfs: ["pool"],
};

export const SCANS: CliCommand[] = Object.keys(COLUMNS).map((kind) => {
  const command: CliCommand = knownCommand(`pvesm scan ${kind}`, (context, values) =>
    run(context, command, kind, values),
  );
  return command;
});

async function run(context: ProgramContext, command: CliCommand, kind: string, values: Values): Promise<number> {
  const { lab, node, signal } = context;
  const answer = await callAsRoot({
    ...{ lab, node, signal, method: "GET", path: `/nodes/${node}/scan/${kind}` },
    params: Object.fromEntries(
      Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined),
    ),
    note: (line) => context.stderr.write(`${line}\n`),
  });
  if (answer.kind !== "answered") {
    const refused = answer.kind === "refused" ? answer : { status: 501, message: "no handler", errors: {} };
    const usage = refused.status === 400 ? `${usageLine(command)}\n` : "";
    await context.stderr.write(`${refusalText(refused)}${usage}`);
    return statusOf(refused.message);
  }
  const [first, second] = COLUMNS[kind]!;
  const rows = answer.data as Record<string, string>[];
  const width = second === undefined ? 0 : Math.max(0, ...rows.map((row) => row[first]!.length));
  const lines = rows.map((row) => `${row[first]!.padEnd(width)}${second === undefined ? "" : ` ${row[second]}`}\n`);
  await context.stdout.write(lines.join(""));
  return 0;
}

const ERRNO: Record<string, number> = {
  "Network is unreachable": 101,
  "Connection timed out": 110,
  "Connection refused": 111,
  "No route to host": 113,
};

/** Perl ends with the last error of the system, or with the status of the command that failed. */
function statusOf(message: string): number {
  const failed = /failed: exit code (\d+)$/.exec(message);
  if (failed) return Number(failed[1]);
  const reason = /\(([^()]*)\)$/.exec(message)?.[1] ?? "";
  return ERRNO[reason] ?? (message.startsWith("unable to resolve ") ? EAGAIN : 255);
}

/** Nobody answered who was asked for a name. */
const EAGAIN = 11;
