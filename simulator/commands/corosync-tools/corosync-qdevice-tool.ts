/** corosync-qdevice-tool: what the quorum device of this node knows. @source recording 41 */
import { qdeviceOf } from "../../cluster/corosync/qdevice.ts";
import { qdeviceFacts, qdeviceStamp } from "../../cluster/corosync/qdevice-view.ts";
import { votequorumStatus } from "../../cluster/corosync/view.ts";
import type { LabState } from "../../cluster/state.ts";
import type { ProgramContext } from "../../shell/process.ts";
import { BadOption, getopt } from "../getopt.ts";
import { notModelled } from "../printed.ts";

const USAGE = `usage: corosync-qdevice-tool [-Hhsv] [-p qdevice_ipc_socket_path]
`;
const NOT_RUNNING =
  "corosync-qdevice-tool: Can't connect to QDevice socket (is QDevice running?): No such file or directory\n";

export async function corosyncQdeviceTool(context: ProgramContext): Promise<number> {
  const flags = await parse(context);
  if (flags === undefined) {
    await context.stdout.write(USAGE);
    return 1;
  }
  if (flags.includes("H")) {
    await context.stderr.write(notModelled("corosync-qdevice-tool", "-H"));
    return 1;
  }
  const text = context.lab.read((lab) => report(lab, context.node, flags.includes("v")));
  if (text === undefined) {
    await context.stderr.write(NOT_RUNNING);
    return 3;
  }
  await context.stdout.write(text);
  return 0;
}

/** Letters of the options; undefined when there is no operation among them, or one that cannot be read. */
async function parse({ argv, stderr }: ProgramContext): Promise<string | undefined> {
  try {
    const flags = [...getopt("corosync-qdevice-tool", argv.slice(1), "Hhsvp:")].map(({ option }) => option);
    return flags.includes("h") || !/[Hs]/.test(flags.join("")) ? undefined : flags.join("");
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
    ...(verbose ? ["Heuristics:\t\tDisabled", `Ring ID:\t\t${status.ringId}`] : []),
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
          `KAP Tie-breaker:\t${facts.algorithm === "LMS" ? "Algorithm hard-coded" : "Enabled"}`,
          `Poll timer running:\tYes${qdevice.vote ? " (cast vote)" : ""}`,
        ]
      : []),
    `State:\t\t\t${facts.state}`,
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
