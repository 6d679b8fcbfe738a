/**
 * corosync-qnetd-tool: what the server knows of its clusters.
 *
 * @source goldens qdev-n2-ffsplit-qnetd-tool and its kin, recording 41; recordings options/qnetd; corosync-qdevice 3.0.3 qdevices/corosync-qnetd-tool.c
 *   and qnetd-ipc-cmd.c for options, exits and `-sv` (seen with 3.0.3)
 */
import type { QnetdClient, Vote } from "../../cluster/corosync/qdevice-state.ts";
import { tieBreakerText } from "../../cluster/corosync/qdevice-view.ts";
import { sourceTowardsQnetd } from "../../cluster/host-network/reaching.ts";
import type { LabState } from "../../cluster/state.ts";
import type { ProgramContext } from "../../shell/process.ts";
import { BadOption, getopt } from "../getopt.ts";

const USAGE = "usage: corosync-qnetd-tool [-Hhlsv] [-c cluster_name] [-p qnetd_ipc_socket_path]\n";
const NOT_RUNNING =
  "corosync-qnetd-tool: Can't connect to qnetd socket (is QNetd running?): No such file or directory\n";
const SOCKET = "/var/run/corosync-qnetd/corosync-qnetd.sock";
const USAGE_EXIT = 1;
const NOT_RUNNING_EXIT = 3;

interface Asked {
  operation: "list" | "status" | "shutdown";
  verbose: boolean;
  cluster: string | undefined;
  socket: string;
}

export async function corosyncQnetdTool(context: ProgramContext): Promise<number> {
  const { lab, stdout, stderr } = context;
  const asked = parse(context.argv.slice(1));
  if (typeof asked === "string") {
    await stderr.write(asked);
    await stdout.write(USAGE);
    return USAGE_EXIT;
  }
  if (asked.socket !== SOCKET || !lab.read((state) => state.qnetd?.running)) {
    await stderr.write(NOT_RUNNING);
    return NOT_RUNNING_EXIT;
  }
  if (asked.operation === "shutdown") lab.act("corosync/qnetd", { up: false });
  else await stdout.write(lab.read((state) => report(state, asked)));
  return 0;
}

/** The last of the operations counts. @returns what is said before the usage when it cannot be read */
function parse(args: string[]): Asked | string {
  let operation: Asked["operation"] | undefined;
  const asked = { verbose: false, cluster: undefined as string | undefined, socket: SOCKET };
  try {
    for (const { option, value } of getopt("corosync-qnetd-tool", args, "Hhlsvc:p:")) {
      if (option === "l") operation = "list";
      else if (option === "s") operation = "status";
      else if (option === "H") operation = "shutdown";
      else if (option === "v") asked.verbose = true;
      else if (option === "c") asked.cluster = value;
      else if (option === "p") asked.socket = value;
      else if (option === "h") return "";
    }
  } catch (error) {
    if (error instanceof BadOption) return `${error.message}\n`;
    throw error;
  }
  return operation ? { ...asked, operation } : "";
}

function report(lab: Readonly<LabState>, { operation, verbose, cluster }: Asked): string {
  const connected = Object.entries(lab.qnetd?.clients ?? {});
  const clusters = Object.entries(Object.groupBy(connected, ([, client]) => client.clusterName));
  if (operation === "status") {
    return `QNetd address:\t\t\t*:5403
TLS:\t\t\t\tSupported (client certificate required)
Connected clients:\t\t${connected.length}
Connected clusters:\t\t${clusters.length}
${verbose ? "Maximum send/receive size:\t32768/32768 bytes\n" : ""}`;
  }
  return clusters
    .filter(([name]) => cluster === undefined || cluster === "" || cluster === name)
    .map(([name, clients]) => `Cluster "${name}":\n${clusterText(lab, clients ?? [], verbose)}`)
    .join("");
}

function clusterText(lab: Readonly<LabState>, clients: [node: string, QnetdClient][], verbose: boolean): string {
  const algorithm = clients[0]?.[1].algorithm === "lms" ? "LMS" : "Fifty-Fifty split (KAP Tie-breaker)";
  const tieBreaker = tieBreakerText(clients[0]?.[1].tieBreaker ?? "lowest");
  const nodes = clients.map(([node, client]) => {
    const address = sourceTowardsQnetd(lab, node);
    return clientLines(client, address ?? "", verbose);
  });
  return `    Algorithm:\t\t${algorithm}\n    Tie-breaker:\t${tieBreaker}\n${nodes.flat().join("\n")}\n`;
}

function clientLines(client: QnetdClient, address: string, verbose: boolean): string[] {
  const inner = [
    `Client address:\t\t::ffff:${address}:${client.port}`,
    ...(verbose ? ["HB interval:\t\t8000ms"] : []),
    `Configuration version:\t${client.configVersion}`,
    `Configured node list:\t${client.configuredNodes.join(", ")}`,
    ...(verbose ? [`Ring ID:\t\t${client.ringId}`] : []),
    `Membership node list:\t${client.members.join(", ")}`,
    ...(verbose
      ? [
          "Heuristics:\t\tUndefined (membership: Undefined, regular: Undefined)",
          "TLS active:\t\tYes (client certificate verified)",
        ]
      : []),
    ...(client.lastVote === null ? [] : [`Vote:\t\t\t${voteText(client.lastVote, client.lastDecision)}`]),
  ];
  return [`    Node ID ${client.nodeId}:`, ...inner.map((line) => `        ${line}`)];
}

/** The last answer, and the last one that decided. */
function voteText(last: Vote, decision: "ack" | "nack" | null): string {
  return decision === null ? VOTES[last] : `${VOTES[last]} (${VOTES[decision]})`;
}

const VOTES: Record<Vote, string> = {
  ack: "ACK",
  nack: "NACK",
  wait: "Wait for reply",
  "ask-later": "Ask later",
  "no-change": "No change",
};
