/** corosync-cfgtool: the links to the other nodes, and reading the configuration again. @source recordings 30, 32, 56 */
import { linkStatus, nodeIdOf } from "../../cluster/corosync/view.ts";
import type { ProgramContext } from "../../shell/process.ts";
import { notModelled } from "../printed.ts";
import { waitWhileHung } from "./corosync-quorumtool.ts";

const USAGE = `usage: corosync-cfgtool [[-i <ip>] [-b] -s] [-R] [-L] [-M] [-k <nodeid>] [-a <nodeid>] [-h] [-H]

  options:
    -s  show the status of the links of this node
    -n  show the status of the links to each other node
    -H  shut corosync down on this node
    -R  have all nodes read corosync.conf again
    -h  show this help
`;

const NO_CFG = "Could not initialize corosync configuration API error CS_ERR_LIBRARY\n";

/** MTU that knet finds on a network of 1500. @source recording 30 */
const DATA_MTU = 1397;

export async function corosyncCfgtool(context: ProgramContext): Promise<number> {
  const [action, ...rest] = context.argv.slice(1);
  if (action === undefined || action === "-h" || action === "--help") {
    await context.stdout.write(USAGE);
    return action === undefined ? 1 : 0;
  }
  if (/^-[kaLMib]/.test(action)) {
    await context.stderr.write(notModelled("corosync-cfgtool", action));
    return 1;
  }
  if (!["-s", "-n", "-R", "-H", "-ns", "-sn"].includes(action) || rest.length > 0) {
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
  let text = `Local node ID ${id}, transport knet\n`;
  if (action === "-s") {
    const numbers = [...new Set(links.flatMap((node) => node.links.map((link) => link.number)))].sort();
    for (const number of numbers) {
      const own = links.find((node) => node.nodeId === id)?.links.find((link) => link.number === number);
      text += `LINK ID ${number} udp\n\taddr\t= ${own?.localAddress ?? ""}\n\tstatus:\n`;
      for (const node of links) {
        const link = node.links.find((candidate) => candidate.number === number);
        if (!link) continue;
        const state = link.local ? "localhost" : link.connected ? "connected" : "disconnected";
        text += `\t\tnodeid:${String(node.nodeId).padStart(11)}:\t${state}\n`;
      }
    }
  } else {
    for (const node of links) {
      if (node.nodeId === id || !node.links.some((link) => link.connected)) continue;
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
