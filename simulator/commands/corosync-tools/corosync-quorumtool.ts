/** corosync-quorumtool: the vote as corosync sees it on this node. */

import { corosyncHangs, type VotequorumStatus, votequorumStatus } from "../../cluster/corosync/view.ts";
import type { ProgramContext } from "../../shell/process.ts";
import { BadOption, getopt, wholeNumber } from "../getopt.ts";
import { membershipTable, type ReportStyle, statusReport } from "./quorum-report.ts";

/** `-e` ends when the votes count in the whole partition. @source FACTS 6: 20 to 55 ms */
export const EXPECTED_MS = 45;

/** Without corosync every tool of its says this. @source recordings 43, 55 */
export const NO_CMAP = "Cannot initialize CMAP service\n";

const USAGE = `usage:
corosync-quorumtool <options>

  options:
    -s             show quorum status
    -m             show it again after each change, until ^C
    -l             list nodes
    -i             show node addresses instead of names
    -a             show all addresses of a node
    -o <a|n|i>     order nodes by address, name or id
    -p             always with the column of the quorum device
    -v <votes>     change the votes of a node (*)
    -n <nodeid>    whose, with -v; this node unless said
    -e <expected>  change the number of expected votes (*)
    -f             end the registration of a quorum device (*)
    -H             show node ids in hexadecimal
    -V             show the version
    -h             show this help
  (*) needs the right to write to corosync: root
`;

/** What the options ask for. */
interface Asked {
  action: "status" | "monitor" | "list" | "votes" | "expected" | "unregister" | "version" | "help";
  style: ReportStyle;
  /** Of `-e` and `-v`. */
  number: number;
  nodeId: number | undefined;
}

/** A value that the tool itself refuses, without its help. */
class BadValue extends Error {}

/** @source recorded with corosync 3.1.7: refusals, order of nodes, `-p`, `-a`, `-m`; words that are no options are ignored */
export async function corosyncQuorumtool(context: ProgramContext): Promise<number> {
  let asked: Asked;
  try {
    asked = readOptions(context.argv.slice(1));
  } catch (error) {
    if (!(error instanceof BadOption || error instanceof BadValue)) throw error;
    await context.stderr.write(`${error.message}\n`);
    if (error instanceof BadOption) await context.stdout.write(USAGE);
    return 1;
  }
  const { action, style } = asked;
  if (action === "help" || action === "version") {
    await context.stdout.write(action === "help" ? USAGE : "corosync-quorumtool version: 3.1.7\n");
    return 0;
  }
  await waitWhileHung(context);
  const status = statusOf(context);
  if (!status) {
    await context.stderr.write(NO_CMAP);
    return 1;
  }
  if (action === "expected") return tell(context, "corosync/expected", { value: asked.number });
  if (action === "votes") {
    return tell(context, "corosync/votes", { nodeId: asked.nodeId ?? status.nodeId, votes: asked.number });
  }
  if (action === "unregister") {
    context.lab.act("corosync/qdevice", { node: context.node, running: false });
    return 0;
  }
  if (action === "monitor") return monitor(context, style);
  for (const { nodeId } of status.members.filter(({ name }) => name === "")) {
    await context.stderr.write(`Unable to get node address for nodeid ${nodeId}: CS_ERR_NOT_EXIST\n`);
  }
  if (action === "list") {
    await context.stdout.write(membershipTable(status, style));
    return 0;
  }
  await context.stdout.write(statusReport(context, status, style));
  return status.quorate ? 0 : 2;
}

const ORDERS = { a: "address", i: "id", n: "name" } as const;

const ACTIONS: Record<string, Asked["action"]> = { s: "status", m: "monitor", l: "list", f: "unregister" };

/** The last action counts. @throws BadOption, BadValue */
function readOptions(args: readonly string[]): Asked {
  const style: ReportStyle = { hexIds: false, addresses: false };
  const asked: Asked = { action: "status", style, number: 0, nodeId: undefined };
  for (const { option, value } of getopt("corosync-quorumtool", args, "VHaslpmfe:v:hin:o:")) {
    if (option === "V" || option === "h") return { ...asked, action: option === "V" ? "version" : "help" };
    if (ACTIONS[option]) asked.action = ACTIONS[option];
    else if (option === "i") style.addresses = true;
    else if (option === "a") style.allAddresses = true;
    else if (option === "p") style.deviceColumn = true;
    else if (option === "H") style.hexIds = true;
    else if (option === "n") asked.nodeId = whole(value, 1, "The nodeid was not valid, try a positive number");
    else if (option === "o") style.order = orderOf(value);
    else if (option === "e") {
      asked.number = whole(value, 1, WRONG_EXPECTED, VOTES_MAX);
      asked.action = "expected";
    } else {
      asked.number = whole(value, 0, "New votes value was not valid, try a positive number or zero", VOTES_MAX);
      asked.action = "votes";
    }
  }
  return asked;
}

/** More votes than that do not fit where they are read. */
export const VOTES_MAX = 0x7f_ff_ff_ff;

export const WRONG_EXPECTED = "New expected votes value was not valid, try a positive number";

function whole(text: string, least: number, otherwise: string, max = Number.POSITIVE_INFINITY): number {
  const number = wholeNumber(text, least);
  if (number === undefined || number > max) throw new BadValue(otherwise);
  return number;
}

function orderOf(value: string): "address" | "id" | "name" {
  if (!Object.hasOwn(ORDERS, value)) {
    throw new BadValue("Invalid ordering option. valid orders are a(address), i(node ID) or n(name)");
  }
  return ORDERS[value as keyof typeof ORDERS];
}

function statusOf(context: ProgramContext): VotequorumStatus | undefined {
  return context.lab.read((lab) => votequorumStatus(lab, context.node));
}

/** The report now and after each change of the membership or the quorum, until corosync is gone or ^C. */
async function monitor(context: ProgramContext, style: ReportStyle): Promise<number> {
  const keyOf = (status: VotequorumStatus | undefined) => status && `${status.ringId} ${status.quorate}`;
  let shown = statusOf(context);
  while (shown !== undefined) {
    await context.stdout.write(`${statusReport(context, shown, style)}\n`);
    const before = keyOf(shown);
    const changed = await context.lab.until(
      (lab) => {
        if (corosyncHangs(lab, context.node)) return undefined;
        const current = votequorumStatus(lab, context.node);
        return keyOf(current) === before ? undefined : { now: current };
      },
      { signal: context.signal },
    );
    shown = changed?.now;
  }
  await context.stderr.write("Unable to dispatch quorum status: CS_ERR_LIBRARY\n");
  return 1;
}

/** A tool that asks a hung corosync waits with it. */
export async function waitWhileHung(context: ProgramContext): Promise<void> {
  await context.lab.until((lab) => (corosyncHangs(lab, context.node) ? undefined : true), { signal: context.signal });
}

/** It ends when the votes count in the whole partition. */
async function tell(
  context: ProgramContext,
  ...[input, values]: ["corosync/expected", { value: number }] | ["corosync/votes", { nodeId: number; votes: number }]
): Promise<number> {
  const { lab, node } = context;
  const answer =
    input === "corosync/expected" ? lab.act(input, { node, ...values }) : lab.act(input, { node, ...values });
  if (answer.exitCode === 0) await lab.sleep(EXPECTED_MS, context.signal);
  await context.stderr.write(answer.output);
  return answer.exitCode;
}
