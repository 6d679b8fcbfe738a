/** `qm list`, `config`, `pending`, `status`: what a node says of its guests. @source recordings 21, 22, 26, guests/30 */

import { parseGuestConfig } from "../../cluster/guests/guest-config.ts";
import { allGuests, guestSummary, guestText } from "../../cluster/guests/guest-view.ts";
import { snapshotTree } from "../../cluster/guests/snapshot-steps.ts";
import { isTrue } from "../../cluster/truth.ts";
import type { ProgramContext } from "../../shell/process.ts";
import type { Values } from "../pvecm/arguments.ts";

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;

export async function list(context: ProgramContext): Promise<number> {
  const rows = context.lab.read((lab) =>
    allGuests(lab, context.node)
      .filter((guest) => guest.node === context.node)
      .map((guest) => guestSummary(lab, context.node, guest.vmid)!)
      .filter((guest) => guest !== undefined),
  );
  if (rows.length === 0) return 0;
  const line = (vmid: string, name: string, status: string, memory: string, disk: string, pid: string) =>
    `${vmid.padStart(10)} ${name.padEnd(20)} ${status.padEnd(10)} ${memory.padEnd(10)} ${disk.padStart(12)} ${pid.padEnd(10)}\n`;
  let text = line("VMID", "NAME", "STATUS", "MEM(MB)", "BOOTDISK(GB)", "PID");
  for (const row of rows) {
    text += line(
      String(row.vmid),
      row.name,
      row.status,
      String(row.memoryMib),
      (row.bootDiskBytes / GIB).toFixed(2),
      String(row.pid),
    );
  }
  await context.stdout.write(text);
  return 0;
}

/** A configuration's text, or the refusal. */
export async function configOf(context: ProgramContext, vmid: number): Promise<string | undefined> {
  const text = context.lab.read((lab) => guestText(lab, context.node, vmid));
  if (text === undefined) {
    await context.stderr.write(`Configuration file 'nodes/${context.node}/qemu-server/${vmid}.conf' does not exist\n`);
  }
  return text;
}

export async function showConfig(context: ProgramContext, values: Values): Promise<number> {
  const text = await configOf(context, Number(values.vmid));
  if (text === undefined) return 2;
  const { keys, pending, pendingDelete, description, snapshots } = parseGuestConfig(text);
  const snapshot = values.snapshot === undefined ? undefined : snapshots[values.snapshot];
  if (values.snapshot !== undefined && !snapshot) {
    await context.stderr.write(`snapshot '${values.snapshot}' does not exist\n`);
    return 255;
  }
  const shown: Record<string, string> = { ...(snapshot ?? keys) };
  if (!snapshot && !isTrue(values.current)) {
    Object.assign(shown, pending);
    for (const key of pendingDelete) delete shown[key];
  }
  if (!snapshot && description.length > 0) shown.description = description.join("%0A");
  const lines = Object.keys(shown).sort();
  await context.stdout.write(lines.map((key) => `${key}: ${shown[key]}\n`).join(""));
  return 0;
}

export async function showPending(context: ProgramContext, values: Values): Promise<number> {
  const text = await configOf(context, Number(values.vmid));
  if (text === undefined) return 2;
  const { keys, pending, pendingDelete } = parseGuestConfig(text);
  let out = "";
  for (const key of Object.keys({ ...keys, ...pending }).sort()) {
    if (keys[key] === undefined) out += `new ${key}: ${pending[key]}\n`;
    else if (pending[key] !== undefined) out += `cur ${key}: ${keys[key]}\nnew ${key}: ${pending[key]}\n`;
    else if (pendingDelete.includes(key)) out += `del ${key}: ${keys[key]}\n`;
    else out += `cur ${key}: ${keys[key]}\n`;
  }
  await context.stdout.write(out);
  return 0;
}

export async function showStatus(context: ProgramContext, values: Values): Promise<number> {
  const vmid = Number(values.vmid);
  if ((await configOf(context, vmid)) === undefined) return 2;
  const guest = context.lab.read((lab) => guestSummary(lab, context.node, vmid)!);
  if (!isTrue(values.verbose)) {
    await context.stdout.write(`status: ${guest.qmpStatus}\n`);
    return 0;
  }
  const running = guest.status === "running";
  const shown: Record<string, string | number> = {
    cpus: guest.cpus,
    disk: 0,
    maxdisk: guest.bootDiskBytes,
    maxmem: guest.memoryMib * MIB,
    mem: running ? Math.round(guest.memoryMib * MIB * 0.4) : 0,
    name: guest.name,
    netin: 0,
    netout: 0,
    ...(guest.lock !== "" && { lock: guest.lock }),
    ...(running && { pid: guest.pid }),
    qmpstatus: guest.qmpStatus,
    status: guest.status,
    ...(guest.tags !== "" && { tags: guest.tags }),
    uptime: guest.uptimeS,
    vmid,
  };
  const lines = Object.keys(shown).sort();
  await context.stdout.write(lines.map((key) => `${key}: ${shown[key]}\n`).join(""));
  return 0;
}

export async function listSnapshots(context: ProgramContext, values: Values): Promise<number> {
  const text = await configOf(context, Number(values.vmid));
  if (text === undefined) return 2;
  const time = (seconds: number) => new Date(seconds * 1000).toISOString().slice(0, 19).replace("T", " ");
  const lines = snapshotTree(parseGuestConfig(text), time);
  await context.stdout.write(lines.map((line) => `${line}\n`).join(""));
  return 0;
}
