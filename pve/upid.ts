/**
 * UPIDs: the text by which Proxmox names a task for ever.
 *
 * `UPID:NODE:PID:PSTART:STARTTIME:TYPE:ID:USER:` with hexadecimal numbers of 8 digits; a node that has been up for
 * long writes PSTART with 9.
 *
 * @source recordings of Proxmox VE 8.4: `UPID:pve2:0000010B:0001EFB5:6B0384CA:clusterjoin::root@pam:`
 */
export interface Upid {
  node: string;
  pid: number;
  /** Start of the process in hundredths of a second after the node's boot. */
  pstart: number;
  /** The node's own wall clock, seconds since 1970. */
  startTime: number;
  /** `clusterjoin`, `qmigrate`. */
  type: string;
  /** What it is about, a VMID or a cluster's name; often empty. */
  id: string;
  /** `root@pam`. */
  user: string;
  /** Name of the API token that started it, behind `!`. */
  tokenId?: string;
}

const UPID_PATTERN =
  /^UPID:([A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?):([0-9A-Fa-f]{8}):([0-9A-Fa-f]{8,9}):([0-9A-Fa-f]{8}):([^:\s]+):([^:\s]*):([^:\s]+):$/;

/** @returns undefined when the text is no UPID */
export function parseUpid(text: string): Upid | undefined {
  const match = UPID_PATTERN.exec(text);
  if (!match) return undefined;
  const [, node, pid, pstart, startTime, type, id, who] = match as unknown as string[];
  const bang = who!.indexOf("!");
  return {
    node: node!,
    pid: Number.parseInt(pid!, 16),
    pstart: Number.parseInt(pstart!, 16),
    startTime: Number.parseInt(startTime!, 16),
    type: type!,
    id: id!,
    user: bang < 0 ? who! : who!.slice(0, bang),
    ...(bang >= 0 && { tokenId: who!.slice(bang + 1) }),
  };
}

export function formatUpid(upid: Upid): string {
  const hex = (value: number) => value.toString(16).toUpperCase().padStart(8, "0");
  const who = upid.tokenId === undefined ? upid.user : `${upid.user}!${upid.tokenId}`;
  return `UPID:${upid.node}:${hex(upid.pid)}:${hex(upid.pstart)}:${hex(upid.startTime)}:${upid.type}:${upid.id}:${who}:`;
}
