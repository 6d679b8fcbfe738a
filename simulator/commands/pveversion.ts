/** pveversion: the versions of what a node runs. */
import { KERNEL_RELEASE } from "../cluster/files/synthetic.ts";
import type { ProgramContext } from "../shell/process.ts";

/** @source recording 01 */
const PVE_MANAGER = "pve-manager/8.4.21/2606ac850d46da29";

export async function pveversion(context: ProgramContext): Promise<number> {
  const [option, ...rest] = context.argv.slice(1);
  await context.lab.sleep(300, context.signal);
  if (option === undefined) {
    await context.stdout.write(`${PVE_MANAGER} (running kernel: ${KERNEL_RELEASE})\n`);
    return 0;
  }
  if (/^--?v(?:e(?:r(?:b(?:o(?:s(?:e)?)?)?)?)?)?$/.test(option) && rest.length === 0) {
    const { toldPackages } = await import("../node-view/packages/package-table.ts");
    const lines = toldPackages().map(({ name, version }) => {
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
  const unknown = option.startsWith("-") ? `Unknown option: ${option.replace(/^-+/, "")}\n` : "";
  await context.stderr.write(`${unknown}USAGE: pveversion [--verbose]\n`);
  return 255;
}
