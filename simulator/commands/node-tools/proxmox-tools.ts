/** Proxmox's small tools: `pvesubscription`, `pveperf`, `pvereport`, `pve-firewall`, `pvecertificates`' kin. Forms unverified. */
import { callAsRoot } from "../../api/in-process.ts";
import type { Program } from "../../shell/process.ts";

export const pvesubscription: Program = async (ctx) => {
  const verb = ctx.argv[1];
  if (verb === "get") {
    const { lab, node, signal } = ctx;
    const path = `/nodes/${node}/subscription`;
    const answer = await callAsRoot({ lab, node, signal, method: "GET", path, params: {} });
    const facts = answer.kind === "answered" ? (answer.data as Record<string, unknown>) : {};
    const lines = Object.keys(facts).sort();
    await ctx.stdout.write(lines.map((key) => `${key}: ${facts[key]}\n`).join(""));
    return 0;
  }
  await ctx.stderr.write(
    verb === undefined
      ? "ERROR: no command specified\nUSAGE: pvesubscription <COMMAND> [ARGS] [OPTIONS]\n"
      : `pvesubscription: '${verb}' is not modelled in this simulated node yet\n`,
  );
  return verb === undefined ? 255 : 1;
};

/** Measuring a simulated machine would tell of the host and mislead: it says so. */
export const pveperf: Program = async (ctx) => {
  await ctx.stderr.write(
    "pveperf: a simulated node has no disk or processor of its own to measure; numbers here would be made up\n",
  );
  return 1;
};

export const pvereport: Program = async (ctx) => {
  const parts: [string, string][] = [
    ["general system info", "hostname; date -R; pveversion --verbose; cat /etc/hosts; ps aux | head -40"],
    ["overall-load-info", "cat /proc/loadavg; free"],
    ["info about storage", "cat /etc/pve/storage.cfg; pvesm status; df -h; mount; lsblk"],
    ["info about virtual guests", "qm list"],
    ["info about network", "ip -details addr; ip route; cat /etc/network/interfaces"],
    ["info about cluster", "pvecm nodes; pvecm status; cat /etc/pve/corosync.conf"],
  ];
  for (const [title, commands] of parts) {
    await ctx.stdout.write(`\n==== ${title} ====\n`);
    for (const command of commands.split("; ")) {
      await ctx.stdout.write(`\n# ${command}\n`);
      await ctx.run(command);
    }
  }
  return 0;
};
