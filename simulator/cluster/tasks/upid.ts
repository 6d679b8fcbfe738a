/** UPIDs: a task's name, all of whose parts can be read from it. */

export interface UpidParts {
  node: string;
  pid: number;
  /** Age of the machine when the worker started, in 1/100 s. */
  pstart: number;
  /** Wall clock, whole seconds since 1970. */
  startS: number;
  type: string;
  id: string;
  /** `root@pam` or `root@pam!token`. */
  user: string;
}

/** @source pve-common PVE/Tools.pm upid_encode */
export function upidText(parts: UpidParts): string {
  const hex = (value: number) => value.toString(16).toUpperCase().padStart(8, "0");
  const { node, pid, pstart, startS, type, id, user } = parts;
  return `UPID:${node}:${hex(pid)}:${hex(pstart)}:${hex(startS)}:${type}:${id}:${user}:`;
}

/** The parts of a UPID; undefined for text that is none. */
export function parseUpid(text: string): UpidParts | undefined {
  const match =
    /^UPID:([a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?):([0-9A-Fa-f]{8}):([0-9A-Fa-f]{8,9}):([0-9A-Fa-f]{8}):([^:\s]+):([^:\s]*):([^:\s]+):$/.exec(
      text,
    );
  if (!match) return undefined;
  return {
    node: match[1]!,
    pid: Number.parseInt(match[2]!, 16),
    pstart: Number.parseInt(match[3]!, 16),
    startS: Number.parseInt(match[4]!, 16),
    type: match[5]!,
    id: match[6]!,
    user: match[7]!,
  };
}
