/** Proxmox's small tools: `pveperf`, `pvereport`. Forms unverified. */
import type { Program } from "../../shell/process.ts";

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
