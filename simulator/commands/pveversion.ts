/** pveversion: the versions of what a node runs. */
import { KERNEL_RELEASE } from "../cluster/files/synthetic.ts";
import type { ProgramContext } from "../shell/process.ts";

/** @source recording 01 */
const PVE_MANAGER = "pve-manager/8.4.21/2606ac850d46da29";

/** Versions of the recorded cluster. */
export const PACKAGES: [string, string][] = [
  ["proxmox-ve", "8.4.0"],
  ["pve-manager", "8.4.21"],
  ["corosync", "3.1.7-1+deb12u2"],
  ["ifupdown2", "3.2.0-1+pmx11"],
  ["libknet1", "1.25-1"],
  ["libpve-cluster-perl", "8.1.3"],
  ["pve-cluster", "8.1.3"],
  ["pve-ha-manager", "4.0.7"],
  ["qemu-server", "8.4.10"],
];

export async function pveversion(context: ProgramContext): Promise<number> {
  const [option, ...rest] = context.argv.slice(1);
  await context.lab.sleep(300, context.signal);
  if (option === undefined) {
    await context.stdout.write(`${PVE_MANAGER} (running kernel: ${KERNEL_RELEASE})\n`);
    return 0;
  }
  if ((option === "-v" || option === "--verbose") && rest.length === 0) {
    const lines = PACKAGES.map(([name, version]) => {
      const note =
        name === "proxmox-ve"
          ? ` (running kernel: ${KERNEL_RELEASE})`
          : name === "pve-manager"
            ? ` (running version: ${PVE_MANAGER.slice(12)})`
            : "";
      return `${name}: ${version}${note}\n`;
    });
    await context.stdout.write(lines.join(""));
    return 0;
  }
  await context.stderr.write(
    `Unknown option: ${option.replace(/^-+/, "")}\n400 unable to parse option\npveversion [OPTIONS]\n`,
  );
  return 255;
}
