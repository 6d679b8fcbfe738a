/**
 * One block device, two hosts that have both mounted an ordinary file system on it: each believes that it alone changes
 * the list of free blocks, and writes where the other one has written.
 */

export type HostName = "node1" | "node2";

export interface DiskFile {
  name: string;
  by: HostName;
  blocks: number[];
}

export interface SharedDisk {
  /** Which file's data a block holds; undefined for an empty one. */
  blocks: (string | undefined)[];
  /** What each host believes: which blocks are taken. Read at its mount, changed by its own writes alone. */
  believes: Record<HostName, boolean[]>;
  files: DiskFile[];
  /** Whether the second host may mount at all while the first one has it. */
  locked: boolean;
  /** Writes that the lock refused. */
  refused: number;
}

export const BLOCKS = 16;
const FILE_BLOCKS = 2;

/** @param locked a lock lets one host alone have the disk */
export function beginSharedDisk(locked: boolean): SharedDisk {
  const believed = Array.from({ length: BLOCKS }, () => false);
  return {
    blocks: Array.from({ length: BLOCKS }, () => undefined),
    believes: { node1: [...believed], node2: [...believed] },
    ...{ files: [], locked, refused: 0 },
  };
}

/** A host writes a new file into the first blocks that it believes to be free. */
export function writeFile(disk: SharedDisk, by: HostName): SharedDisk {
  if (disk.locked && by === "node2") return { ...disk, refused: disk.refused + 1 };
  const free = disk.believes[by].flatMap((taken, at) => (taken ? [] : [at])).slice(0, FILE_BLOCKS);
  if (free.length < FILE_BLOCKS) return disk;
  const count = disk.files.filter((file) => file.by === by).length + 1;
  const file: DiskFile = { name: `${by === "node1" ? "a" : "b"}${count}`, by, blocks: free };
  return {
    ...disk,
    blocks: disk.blocks.map((held, at) => (free.includes(at) ? file.name : held)),
    believes: { ...disk.believes, [by]: disk.believes[by].map((taken, at) => taken || free.includes(at)) },
    files: [...disk.files, file],
  };
}

/** Files whose blocks hold somebody else's data. */
export function damaged({ files, blocks }: SharedDisk): string[] {
  return files.filter((file) => file.blocks.some((at) => blocks[at] !== file.name)).map(({ name }) => name);
}

export function sharedDiskInWords(disk: SharedDisk): string {
  const broken = damaged(disk);
  const files = `${disk.files.length === 1 ? "1 file was" : `${disk.files.length} files were`} written without an error.`;
  if (disk.refused > 0 && broken.length === 0) {
    const times = disk.refused === 1 ? "once" : `${disk.refused} times`;
    return `${files} node2 was refused ${times}: the lock is node1's. Nothing is damaged.`;
  }
  if (broken.length === 0) return `${files} All of them can be read.`;
  return `${files} ${broken.length} of them (${broken.join(", ")}) now hold the other host's data, and no host knows it.`;
}
