/** corosync-cfgtool: the links to the other nodes, and reading the configuration again. @source recordings 30, 32, 56 */
import { linkStatus, nodeIdOf } from "../../cluster/corosync/view.ts";
import type { ProgramContext } from "../../shell/process.ts";
import { BadOption, getopt, wholeNumber } from "../getopt.ts";
import { waitWhileHung } from "./corosync-quorumtool.ts";

const USAGE = `usage: corosync-cfgtool [[-b] -s] [-n] [-R] [-L] [-k <nodeid>] [-a <nodeid>] [-h] [-H]

  options:
    -s  show the status of the links of this node
    -n  show the status of the links to each other node
    -a  show the addresses of a node
    -b  with -s: one letter for each node
    -H  shut corosync down on this node
    -k  kill a node by its id
    -L  have corosync open its log files again
    -R  have all nodes read corosync.conf again
    -h  show this help
`;

const NO_CFG = "Could not initialize corosync configuration API error 2\n";

/** MTU that knet finds on a network of 1500. @source recording 30 */
const DATA_MTU = 1397;

/** One letter a node: n is this one; of the others bit 0 is enabled, bit 1 connected. @source goldens/n3-other-tools.txt; recorded: 1 */
function briefState(link: { local: boolean; connected: boolean } | undefined): string {
  if (!link) return "?";
  if (link.local) return "n";
  return link.connected ? "3" : "1";
}

/** Every address that a node has in the configuration that corosync runs with; undefined for an unknown node. */
function nodeAddresses(lab: Parameters<typeof linkStatus>[0], node: string, nodeId: number): string[] | undefined {
  const entry = lab.nodes[node]?.corosync.daemon?.config.nodes.find((candidate) => candidate.nodeId === nodeId);
  return entry?.addresses.map(({ address }) => address);
}

interface Asked {
  /** Letter of the action that came last. */
  action?: string;
  brief: boolean;
  nodeId: number;
}

const LONG = { reload: "R", kill: "k", address: "a", shutdown: "H", force: "F" };

/**
 * `-i` is taken and has no effect.
 *
 * @source corosync 3.1.7 tools/corosync-cfgtool.c; recorded: `-s -i 0`, `-n -b`, unknown options, no action
 */
export async function corosyncCfgtool(context: ProgramContext): Promise<number> {
  const asked: Asked = { brief: false, nodeId: 0 };
  try {
    for (const { option, value } of getopt("corosync-cfgtool", context.argv.slice(1), "i:snbrRLk:a:hHF", LONG)) {
      if (option === "b") asked.brief = true;
      if ("snRLkHa".includes(option)) asked.action = option;
      if (!"ka".includes(option)) continue;
      const nodeId = wholeNumber(value, 1);
      if (nodeId === undefined) {
        await context.stderr.write("The nodeid was not valid, try a positive number\n");
        return 1;
      }
      asked.nodeId = nodeId;
    }
  } catch (error) {
    if (!(error instanceof BadOption)) throw error;
    await context.stderr.write(`${error.message}\n`);
    return 1;
  }
  if (asked.action === undefined) {
    await context.stdout.write(USAGE);
    return 0;
  }
  await waitWhileHung(context);
  return ACTIONS[asked.action]!(context, asked);
}

const ACTIONS: Record<string, (context: ProgramContext, asked: Asked) => Promise<number>> = {
  R: (context) => reloadOrShutdown(context, "corosync/reload"),
  H: (context) => reloadOrShutdown(context, "corosync/shutdown"),
  L: reopenLogs,
  k: kill,
  a: showAddresses,
  s: showLinks,
  n: showNodes,
};

async function reloadOrShutdown(
  { lab, node, stdout, stderr }: ProgramContext,
  input: "corosync/reload" | "corosync/shutdown",
): Promise<number> {
  const answer = lab.act(input, { node });
  // What it is about to do is said on standard output, a refusal on the other.
  const [, doing, answered] = /^(.*\.\.\.\n)?([\s\S]*)$/.exec(answer.output)!;
  await stdout.write(doing ?? "");
  await (answer.exitCode === 0 ? stdout : stderr).write(answered!);
  return answer.exitCode;
}

/** There is nothing to do where the journal is the log. */
async function reopenLogs({ lab, node, stderr }: ProgramContext): Promise<number> {
  if (lab.read((state) => nodeIdOf(state, node)) !== undefined) return 0;
  await stderr.write("Could not initialize corosync configuration API error CS_ERR_LIBRARY\n");
  return 1;
}

async function kill({ lab, node, stdout, stderr }: ProgramContext, { nodeId }: Asked): Promise<number> {
  const { refusal, output, exitCode } = lab.act("corosync/kill-node", { node, nodeId });
  await stdout.write(output);
  await stderr.write(refusal);
  return exitCode;
}

async function showAddresses({ lab, node, stdout, stderr }: ProgramContext, { nodeId }: Asked): Promise<number> {
  if (lab.read((state) => nodeIdOf(state, node)) === undefined) {
    await stderr.write(NO_CFG);
    return 1;
  }
  const addresses = lab.read((state) => nodeAddresses(state, node, nodeId));
  if (!addresses) {
    await stderr.write(`Could not get node address for nodeid ${nodeId}\n`);
    return 1;
  }
  await stdout.write(`${addresses.join(" ")}\n`);
  return 0;
}

/** The status's head and links; undefined when it was said that corosync does not answer. */
async function askedLinks({ lab, node, stderr }: ProgramContext) {
  const links = lab.read((state) => linkStatus(state, node));
  const id = lab.read((state) => nodeIdOf(state, node));
  if (links && id !== undefined) return { head: `Local node ID ${id}, transport knet\n`, links };
  await stderr.write(NO_CFG);
  return undefined;
}

async function showLinks(context: ProgramContext, { brief }: Asked): Promise<number> {
  const asked = await askedLinks(context);
  if (!asked) return 1;
  const { head, links } = asked;
  let text = head;
  const numbers = [...new Set(links.flatMap((node) => node.links.map((link) => link.number)))].sort();
  for (const number of numbers) {
    const own = links.flatMap((node) => node.links).find((link) => link.local && link.number === number);
    text += `LINK ID ${number} udp\n\taddr\t= ${own?.localAddress ?? ""}\n`;
    if (brief) {
      text += `\tstatus\t= ${links.map((node) => briefState(node.links.find((link) => link.number === number))).join("")}\n`;
      continue;
    }
    text += "\tstatus:\n";
    for (const node of links) {
      const link = node.links.find((candidate) => candidate.number === number);
      if (!link) continue;
      const state = link.local ? "localhost" : link.connected ? "connected" : "disconnected";
      text += `\t\tnodeid:${String(node.nodeId).padStart(11)}:\t${state}\n`;
    }
  }
  await context.stdout.write(text);
  return 0;
}

/** `-b` changes nothing here. */
async function showNodes(context: ProgramContext): Promise<number> {
  const asked = await askedLinks(context);
  if (!asked) return 1;
  const { head, links } = asked;
  let text = head;
  for (const node of links) {
    if (!node.links.some((link) => link.connected && !link.local)) continue;
    text += `nodeid: ${node.nodeId} reachable\n`;
    for (const link of node.links) {
      text += `   LINK: ${link.number} udp (${link.localAddress}->${link.peerAddress}) enabled${link.connected ? " connected" : ""} mtu: ${DATA_MTU}\n`;
    }
    text += "\n";
  }
  await context.stdout.write(text);
  return 0;
}
