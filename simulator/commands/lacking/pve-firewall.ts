/**
 * `pve-firewall`: whether it is on by what /etc/pve/firewall/cluster.fw says, and its unit. It makes no rules in a lab.
 *
 * @source pve-firewall 5.1.2 PVE/Service/pve_firewall.pm, typed on a node of pve-manager 8.4.21
 */
import type { Program, ProgramContext } from "../../shell/process.ts";
import { type CliCommand, runCommandLine } from "../pve-cli/run-command.ts";
import { answerOf, knownCommand } from "./known-command.ts";

interface StatusEntry {
  type: string;
  name: string;
  ip?: string;
  local?: number;
}

const byUnit = (verb: "start" | "stop" | "restart") =>
  knownCommand(`pve-firewall ${verb}`, async (context) => context.run(`systemctl ${verb} pve-firewall`));

const COMMANDS: CliCommand[] = [
  byUnit("start"),
  byUnit("stop"),
  byUnit("restart"),
  knownCommand("pve-firewall status", async (context) => {
    const options = await answerOf(context, "/cluster/firewall/options");
    if (typeof options === "number") return options;
    const enabled = Number((options.data as { enable?: number }).enable ?? 0) > 0 ? "enabled" : "disabled";
    const running = (await context.run("systemctl is-active --quiet pve-firewall")) === 0 ? "running" : "stopped";
    await context.stdout.write(`Status: ${enabled}/${running}\n`);
    return 0;
  }),
  knownCommand("pve-firewall localnet", localNetwork),
];

/** The networks of a lab are of 24 bits. */
async function localNetwork(context: ProgramContext): Promise<number> {
  const status = await answerOf(context, "/cluster/status");
  if (typeof status === "number") return status;
  const entries = status.data as StatusEntry[];
  const ip = entries.find(({ local }) => local === 1)?.ip ?? "";
  const network = `${ip.replace(/\.\d+$/, ".0")}/24`;
  let text = `local hostname: ${context.node}\nlocal IP address: ${ip}\nnetwork auto detect: ${network}\nusing detected local_network: ${network}\n`;
  if (entries.some(({ type }) => type === "cluster")) {
    const nodes = await answerOf(context, "/cluster/config/nodes");
    if (typeof nodes === "number") return nodes;
    const others = (nodes.data as Record<string, string>[])
      .filter(({ node }) => node !== context.node)
      .sort((a, b) => (a.node! < b.node! ? -1 : 1))
      .flatMap((entry) =>
        Object.keys(entry)
          .map((key) => /^ring(\d+)_addr$/.exec(key))
          .filter((match) => match !== null)
          .sort((a, b) => Number(a[1]) - Number(b[1]))
          .map(([key, link]) => ` - ${entry.node}: ${entry[key]} (link: ${link})\n`),
      );
    text += `\naccepting corosync traffic from/to:\n${others.join("") || " - no nodes found\n"}`;
  }
  await context.stdout.write(text);
  return 0;
}

export const pveFirewall: Program = (context) =>
  runCommandLine(context, { program: "pve-firewall", commands: COMMANDS });
