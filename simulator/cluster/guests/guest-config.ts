/**
 * A guest's configuration file: keys of the present, a section of pending changes, one section for each snapshot.
 *
 * @source qemu-server PVE/QemuServer.pm parse_vm_config, write_vm_config; recordings 21, 28
 */

export type ConfigKeys = Record<string, string>;

export interface GuestConfig {
  /** Lines of the description, without their `#`. */
  description: string[];
  keys: ConfigKeys;
  pending: ConfigKeys;
  /** Keys that a pending change takes away. */
  pendingDelete: string[];
  snapshots: Record<string, ConfigKeys>;
}

export function parseGuestConfig(text: string): GuestConfig {
  const config: GuestConfig = { description: [], keys: {}, pending: {}, pendingDelete: [], snapshots: {} };
  let section = config.keys;
  for (const line of text.split("\n")) {
    const head = /^\[([\w-]+)\]\s*$/.exec(line);
    if (head) {
      const pending = head[1]!.toUpperCase() === "PENDING";
      if (!pending) config.snapshots[head[1]!] = {};
      section = pending ? config.pending : config.snapshots[head[1]!]!;
    } else if (line.startsWith("#")) {
      if (section === config.keys) config.description.push(line.slice(1));
    } else {
      const match = /^([a-z][a-z_0-9-]*):\s*(.*?)\s*$/i.exec(line);
      if (!match) continue;
      if (section === config.pending && match[1] === "delete") config.pendingDelete = match[2]!.split(/[,\s]+/);
      else section[match[1]!] = match[2]!;
    }
  }
  return config;
}

export function writeGuestConfig(config: GuestConfig): string {
  const section = (keys: ConfigKeys) =>
    Object.keys(keys)
      .sort()
      .map((key) => `${key}: ${keys[key]}\n`)
      .join("");
  let text = config.description.map((line) => `#${line}\n`).join("") + section(config.keys);
  if (Object.keys(config.pending).length > 0 || config.pendingDelete.length > 0) {
    const deleted = config.pendingDelete.length > 0 ? `delete: ${config.pendingDelete.join(",")}\n` : "";
    text += `\n[PENDING]\n${deleted}${section(config.pending)}`;
  }
  for (const name of Object.keys(config.snapshots).sort()) text += `\n[${name}]\n${section(config.snapshots[name]!)}`;
  return text;
}

export interface Drive {
  /** `scsi0`. */
  key: string;
  /** `shared:100/vm-100-disk-0.raw`, `none`. */
  volid: string;
  cdrom: boolean;
  options: Record<string, string>;
}

const DRIVE = /^(?:ide[0-3]|sata[0-5]|scsi(?:[12]?\d|30)|virtio(?:1[0-5]|\d)|efidisk0|tpmstate0|unused\d+)$/;

export function isDriveKey(key: string): boolean {
  return DRIVE.test(key);
}

/** A drive's value in its parts. */
export function parseDrive(key: string, value: string): Drive {
  const options: Record<string, string> = {};
  let volid = "";
  for (const part of value.split(",")) {
    const equals = part.indexOf("=");
    if (equals < 0 && volid === "") volid = part;
    else if (part.startsWith("file=")) volid = part.slice(5);
    else if (equals > 0) options[part.slice(0, equals)] = part.slice(equals + 1);
  }
  return { key, volid, cdrom: options.media === "cdrom", options };
}

export function driveText(drive: Drive): string {
  const options = Object.keys(drive.options)
    .sort((a, b) => Number(a === "size") - Number(b === "size") || (a < b ? -1 : 1))
    .map((name) => `${name}=${drive.options[name]}`);
  return [drive.volid, ...options].join(",");
}

/** Drives of a configuration, by key. */
export function drivesOf(keys: ConfigKeys): Drive[] {
  return Object.keys(keys)
    .filter(isDriveKey)
    .sort()
    .map((key) => parseDrive(key, keys[key]!));
}

/** Disks that carry data: no CD drives, no unused ones. */
export function disksOf(keys: ConfigKeys): Drive[] {
  return drivesOf(keys).filter((drive) => !drive.cdrom && drive.volid !== "none" && !drive.key.startsWith("unused"));
}

/** Names of a guest's network cards, `net0` and on, in the order of their letters. */
export function cardNames(keys: ConfigKeys): string[] {
  return Object.keys(keys)
    .filter((key) => /^net\d+$/.test(key))
    .sort();
}

/** The address of a network card as it is written there; empty for one without. */
export function macOf(card: string | undefined): string {
  return /([0-9A-F]{2}(?::[0-9A-F]{2}){5})/i.exec(card ?? "")?.[1] ?? "";
}

/** Whether some keys, of a snapshot, name a volume as a disk. */
export function isKept(keys: ConfigKeys, volid: string): boolean {
  return disksOf(keys).some((disk) => disk.volid === volid);
}

/** What `boot` says of devices in their order: nothing at all where there is none. @source print_bootorder, typed */
export function bootOrder(devices: string[]): string {
  return devices.length === 0 ? "" : `order=${devices.join(";")}`;
}

/** `boot: order=...` of a new guest: its first disk, its first CD drive, its first card. */
export function defaultBoot(keys: ConfigKeys): string {
  const drives = drivesOf(keys);
  const rank = (drive: Drive) => ["scsi", "virtio", "ide", "sata"].findIndex((bus) => drive.key.startsWith(bus));
  const first = (list: Drive[]) => list.filter((one) => rank(one) >= 0).sort((a, b) => rank(a) - rank(b))[0]?.key;
  const card = Object.keys(keys)
    .filter((key) => /^net\d+$/.test(key))
    .sort()[0];
  const order = [first(disksOf(keys)), first(drives.filter((one) => one.cdrom)), card];
  return bootOrder(order.filter((one) => one !== undefined));
}

/** Memory in MiB; Proxmox's default is 512. */
export function memoryMib(keys: ConfigKeys): number {
  return Number(keys.memory?.replace(/^current=/, "") ?? 512);
}
