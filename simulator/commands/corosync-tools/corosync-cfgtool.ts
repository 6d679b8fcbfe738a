/** corosync-cfgtool: the links to the other nodes, and reading the configuration again. @source recordings 30, 32, 56 */
import { linkStatus, nodeIdOf } from "../../cluster/corosync/view.ts";
import type { ProgramContext } from "../../shell/process.ts";
import { waitWhileHung } from "./corosync-quorumtool.ts";

const USAGE = `usage: corosync-cfgtool [[-i <ip>] [-b] -s] [-R] [-L] [-k <nodeid>] [-a <nodeid>] [-h] [-H]

  options:
    -s  show the status of the links of this node
    -n  show the status of the links to each other node
    -a  show the addresses of a node
    -b  with -s: one letter for each node
    -i  with -s: only this link or address
    -H  shut corosync down on this node
    -k  kill a node by its id
    -L  have corosync open its log files again
    -R  have all nodes read corosync.conf again
    -h  show this help
`;

const NO_CFG = "Could not initialize corosync configuration API error 2\n";

/** MTU that knet finds on a network of 1500. @source recording 30 */
const DATA_MTU = 1397;

/** One letter a node: n is this one; of the others bit 0 is enabled, bit 1 connected. @source goldens/n3-other-tools.txt */
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

export async function corosyncCfgtool(context: ProgramContext): Promise<number> {
  const [action, ...rest] = context.argv.slice(1);
  if (action === undefined || action === "-h" || action === "--help") {
    await context.stdout.write(USAGE);
    return action === undefined ? 1 : 0;
  }
  // Without -s there is nothing to narrow down, and the real tool prints its help. @source goldens/n3-other-tools.txt
  if (action === "-i" && rest.length === 1) {
    await context.stdout.write(USAGE);
    return 0;
  }
  const brief = ["-sb", "-bs"].includes(action) || (action === "-s" && rest[0] === "-b" && rest.length === 1);
  const onlyLink = action === "-s" && rest[0] === "-i" && rest.length === 2 ? rest[1] : undefined;
  const addressesOf = action === "-a" && rest.length === 1 ? Number(rest[0]) : undefined;
  if (action === "-k" || action === "-L") return killOrReopen(context, action, rest);
  const known = ["-s", "-n", "-R", "-H", "-ns", "-sn"].includes(action) && rest.length === 0;
  if (!known && !brief && onlyLink === undefined && addressesOf === undefined) {
    await context.stderr.write(USAGE);
    return 1;
  }
  await waitWhileHung(context);
  if (action === "-R" || action === "-H") {
    const answer = context.lab.act(action === "-R" ? "corosync/reload" : "corosync/shutdown", { node: context.node });
    await (answer.exitCode === 0 ? context.stdout : context.stderr).write(answer.output);
    return answer.exitCode;
  }
  const links = context.lab.read((lab) => linkStatus(lab, context.node));
  const id = context.lab.read((lab) => nodeIdOf(lab, context.node));
  if (!links || id === undefined) {
    await context.stderr.write(NO_CFG);
    return 1;
  }
  if (addressesOf !== undefined) {
    const addresses = context.lab.read((lab) => nodeAddresses(lab, context.node, addressesOf));
    if (!addresses) {
      await context.stderr.write(`Could not get node address for nodeid ${addressesOf}\n`);
      return 1;
    }
    await context.stdout.write(`${addresses.join(" ")}\n`);
    return 0;
  }
  let text = `Local node ID ${id}, transport knet\n`;
  if (brief || action === "-s") {
    const numbers = [...new Set(links.flatMap((node) => node.links.map((link) => link.number)))].sort();
    for (const number of numbers) {
      const own = links.flatMap((node) => node.links).find((link) => link.local && link.number === number);
      if (onlyLink !== undefined && onlyLink !== String(number) && onlyLink !== own?.localAddress) continue;
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
  } else {
    for (const node of links) {
      if (!node.links.some((link) => link.connected && !link.local)) continue;
      text += `nodeid: ${node.nodeId} reachable\n`;
      for (const link of node.links) {
        text += `   LINK: ${link.number} udp (${link.localAddress}->${link.peerAddress}) enabled${link.connected ? " connected" : ""} mtu: ${DATA_MTU}\n`;
      }
      text += "\n";
    }
  }
  await context.stdout.write(text);
  return 0;
}

/** `-k ID`, and `-L`, which has nothing to do where the journal is the log. @source corosync 3.1.7 tools/corosync-cfgtool.c */
async function killOrReopen(context: ProgramContext, action: string, rest: string[]): Promise<number> {
  const nodeId = Number(rest[0] ?? Number.NaN);
  if (action === "-k" && !Number.isInteger(nodeId)) {
    await context.stderr.write(rest.length === 0 ? USAGE : "The nodeid was not valid, try a positive number\n");
    return 1;
  }
  await waitWhileHung(context);
  if (action === "-L") {
    if (context.lab.read((lab) => nodeIdOf(lab, context.node)) !== undefined) return 0;
    await context.stderr.write("Could not initialize corosync configuration API error CS_ERR_LIBRARY\n");
    return 1;
  }
  const { refusal, output, exitCode } = context.lab.act("corosync/kill-node", { node: context.node, nodeId });
  await context.stderr.write(refusal);
  await context.stdout.write(output);
  return exitCode;
}
