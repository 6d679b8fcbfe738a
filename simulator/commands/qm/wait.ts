/** `qm wait`, `qm sendkey`, `qm disk unlink`. @source qm(1); qemu-server PVE/CLI/qm.pm (unverified) */
import { guestText, instanceOf } from "../../cluster/guests/guest-view.ts";
import type { ProgramContext } from "../../shell/process.ts";
import type { Values } from "../pvecm/arguments.ts";
import { runGuestAction } from "./follow-job.ts";
import { configOf } from "./report.ts";

/** Until the guest's process has ended, or the time is up. */
export async function waitForEnd(context: ProgramContext, values: Values): Promise<number> {
  const { lab, node } = context;
  const vmid = Number(values.vmid);
  if (lab.read((state) => guestText(state, node, vmid)) === undefined) {
    await context.stderr.write(`unable to find configuration file for VM ${vmid} on node '${node}'\n`);
    return 2;
  }
  const pid = lab.read((state) => instanceOf(state, node, vmid)?.pid);
  if (pid === undefined) return 0;
  await context.stdout.write(`waiting until VM ${vmid} stops (PID ${pid})\n`);
  const gone = await lab.until((state) => (instanceOf(state, node, vmid)?.pid === pid ? undefined : true), {
    signal: context.signal,
    ...(values.timeout !== undefined && { timeoutMs: Number(values.timeout) * 1_000 }),
  });
  if (gone) return 0;
  await context.stderr.write("wait failed - got timeout\n");
  return 255;
}

/** The machine gets the key; what its system makes of it is not modelled. */
export async function sendKey(context: ProgramContext, values: Values): Promise<number> {
  const vmid = Number(values.vmid);
  if ((await configOf(context, vmid)) === undefined) return 2;
  if (context.lab.read((state) => instanceOf(state, context.node, vmid)) !== undefined) return 0;
  await context.stderr.write(`VM ${vmid} not running\n`);
  return 255;
}

/** Take disks out of a guest; with `--force` their volumes go, too. */
export async function unlink(context: ProgramContext, values: Values): Promise<number> {
  const { vmid, idlist, force } = values;
  const params = { delete: idlist!, ...(force !== undefined && { force }) };
  return runGuestAction(context, { vmid: Number(vmid), action: "set", params, foreground: true });
}
