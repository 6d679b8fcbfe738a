/**
 * corosync-qdevice-tool: what the quorum device of this node knows, and its end; and what corosync-qdevice says of its
 * own options.
 *
 * @source recording 41; recordings options/qdevice, qdevice-not-running
 */
import { qdeviceOf } from "../../cluster/corosync/qdevice.ts";
import { type QdeviceFacts, qdeviceFacts, qdeviceStamp } from "../../cluster/corosync/qdevice-view.ts";
import { votequorumStatus } from "../../cluster/corosync/view.ts";
import type { LabState } from "../../cluster/state.ts";
import type { ProgramContext } from "../../shell/process.ts";
import { BadOption, getopt } from "../getopt.ts";
import { notModelled } from "../printed.ts";

const USAGE = `usage: corosync-qdevice-tool [-Hhsv] [-p qdevice_ipc_socket_path]
`;
const SOCKET = "/var/run/corosync-qdevice/corosync-qdevice.sock";
const NOT_RUNNING =
  "corosync-qdevice-tool: Can't connect to QDevice socket (is QDevice running?): No such file or directory\n";

export async function corosyncQdeviceTool(context: ProgramContext): Promise<number> {
  const asked = await parse(context);
  if (asked === undefined) {
    await context.stdout.write(USAGE);
    return 1;
  }
  const { operation, verbose, socket } = asked;
  const text = socket === SOCKET ? context.lab.read((lab) => report(lab, context.node, verbose)) : undefined;
  if (text === undefined) {
    await context.stderr.write(NOT_RUNNING);
    return 3;
  }
  if (operation === "H") context.lab.act("corosync/qdevice", { node: context.node, running: false });
  else await context.stdout.write(text);
  return 0;
}

/** The daemon itself: its unit starts it. */
export async function corosyncQdevice({ argv, stdout, stderr }: ProgramContext): Promise<number> {
  try {
    const options = [...getopt("corosync-qdevice", argv.slice(1), "dfhS:")];
    if (!options.some(({ option }) => option === "h")) {
      await stderr.write(notModelled("corosync-qdevice", "start; its unit is: systemctl start corosync-qdevice"));
      return 1;
    }
  } catch (error) {
    if (!(error instanceof BadOption)) throw error;
    await stderr.write(`${error.message}\n`);
  }
  await stdout.write("usage: corosync-qdevice [-dfh] [-S option=value[,option2=value2,...]]\n");
  return 1;
}

/** The last operation counts. @returns undefined when there is none, or an option that cannot be read */
async function parse({ argv, stderr }: ProgramContext) {
  let operation: "H" | "s" | undefined;
  const asked = { verbose: false, socket: SOCKET };
  try {
    for (const { option, value } of getopt("corosync-qdevice-tool", argv.slice(1), "Hhsvp:")) {
      if (option === "h") return undefined;
      if (option === "H" || option === "s") operation = option;
      else if (option === "v") asked.verbose = true;
      else asked.socket = value;
    }
    return operation && { ...asked, operation };
  } catch (error) {
    if (!(error instanceof BadOption)) throw error;
    await stderr.write(`${error.message}\n`);
    return undefined;
  }
}

function report(lab: Readonly<LabState>, node: string, verbose: boolean): string | undefined {
  const facts = qdeviceFacts(lab, node);
  const status = votequorumStatus(lab, node);
  const qdevice = qdeviceOf(lab, node);
  const daemon = lab.nodes[node]?.corosync.daemon;
  if (!facts || !status || !qdevice || !daemon) return undefined;
  // The node itself comes last. @source recording 41; goldens/qdev-n4-ffsplit-up.txt
  const others = daemon.config.nodes.map(({ nodeId }) => nodeId).filter((nodeId) => nodeId !== status.nodeId);
  const members = status.members.map(({ nodeId }) => nodeId);
  const lines = [
    "Qdevice information",
    "-------------------",
    "Model:\t\t\tNet",
    `Node ID:\t\t${status.nodeId}`,
    ...(verbose ? ["HB interval:\t\t10000ms", "Sync HB interval:\t30000ms"] : []),
    `Configuration version:\t${status.configVersion}`,
    "Configured node list:",
    ...daemon.config.nodes.map(({ nodeId }, index) => `    ${index}\tNode ID = ${nodeId}`),
    ...(verbose ? [`Heuristics:\t\t${facts.heuristicsMode}`, `Ring ID:\t\t${status.ringId}`] : []),
    `Membership node list:\t${members.join(", ")}`,
    ...(verbose
      ? [
          `Quorate:\t\t${status.quorate ? "Yes" : "No"}`,
          "Quorum node list:",
          ...[...others, status.nodeId].map(
            (nodeId, index) =>
              `    ${index}\tNode ID = ${nodeId}, State = ${members.includes(nodeId) ? "member" : "dead"}`,
          ),
          `Expected votes:\t\t${status.expectedVotes}`,
          `Last poll call:\t\t${facts.lastPoll}`,
        ]
      : []),
    "",
    "Qdevice-net information",
    "----------------------",
    `Cluster name:\t\t${status.clusterName}`,
    `QNetd host:\t\t${facts.host}`,
    ...(verbose
      ? ["Connect timeout:\t8000ms", "HB interval:\t\t8000ms", "VQ vote timer interval:\t5000ms", "TLS:\t\t\tSupported"]
      : []),
    `Algorithm:\t\t${facts.algorithm}`,
    `Tie-breaker:\t\t${facts.tieBreaker}`,
    ...(verbose
      ? [
          `KAP Tie-breaker:\t${facts.keepActivePartition}`,
          `Poll timer running:\tYes${qdevice.vote ? " (cast vote)" : ""}`,
        ]
      : []),
    `State:\t\t\t${facts.state}`,
    ...(facts.heuristics ? [heuristicsLine(facts.heuristics, verbose)] : []),
    ...(verbose && qdevice.connected
      ? [
          "TLS active:\t\tYes (client certificate sent)",
          `Connected since:\t${qdeviceStamp(lab, qdevice.connectedAtMs)}`,
          `Echo reply received:\t${qdeviceStamp(lab, qdevice.lastEchoMs)}`,
        ]
      : []),
  ];
  return `${lines.join("\n")}\n`;
}

function heuristicsLine({ last, ...by }: NonNullable<QdeviceFacts["heuristics"]>, verbose: boolean): string {
  const { regular, membership, connect } = by;
  return `Heuristics result:\t${last}${verbose ? ` (regular: ${regular}, membership: ${membership}, connect: ${connect})` : ""}`;
}
