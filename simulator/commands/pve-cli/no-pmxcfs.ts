/** What every one of Proxmox's commands says without pmxcfs. @source recording 55 */
import { pmxcfsMounted } from "../../cluster/pmxcfs/pmxcfs-view.ts";
import { pmxcfsGoesOn } from "../../node-view/pmxcfs-waits.ts";
import type { ProgramContext } from "../../shell/process.ts";

/** Proxmox's commands are Perl: this long until the first line, model milliseconds. @source recordings: 0.3 to 1.4 s */
export const START_MS = 300;

export const NO_PMXCFS = {
  text: `${[1, 2, 3].map((attempt) => `ipcc_send_rec[${attempt}] failed: Connection refused\n`).join("")}Unable to load access control list: Connection refused\n`,
  status: 111,
};

/** Start as Perl does. @returns the exit status when there is no pmxcfs, after saying so */
export async function startPerl(context: ProgramContext): Promise<number | undefined> {
  await context.lab.sleep(START_MS, context.signal);
  await pmxcfsGoesOn(context);
  if (context.lab.read((lab) => pmxcfsMounted(lab, context.node))) return undefined;
  await context.stderr.write(NO_PMXCFS.text);
  return NO_PMXCFS.status;
}
