/** Archives of tar: entries as bytes and back. @source GNU tar 1.34's format: ustar with names and owners, `L` and `K` for long names */
import { Buffer } from "node:buffer";
import { ownerId, ownerNamed } from "./file-words.ts";

const BLOCK = 512;
/** GNU tar writes whole records of 20 blocks. */
const RECORD = 20 * BLOCK;

export interface TarEntry {
  name: string;
  type: "file" | "directory" | "symlink";
  mode: number;
  owner: string;
  group: string;
  mtimeMs: number;
  /** Of a symbolic link. */
  target: string;
  bytes: Buffer;
}

const KINDS: Record<TarEntry["type"], string> = { file: "0", symlink: "2", directory: "5" };

/** An archive, or what is put before the end of one. @param before what an archive holds already */
export function archiveOf(entries: readonly TarEntry[], before: readonly TarEntry[] = []): Buffer {
  const blocks = [...before, ...entries].flatMap(blocksOf);
  const size = blocks.reduce((sum, block) => sum + block.length, 0) + 2 * BLOCK;
  return Buffer.concat(blocks, Math.ceil(size / RECORD) * RECORD);
}

function blocksOf(entry: TarEntry): Buffer[] {
  const long = (kind: string, text: string) =>
    Buffer.byteLength(text) > 100
      ? [
          header({ ...entry, name: "././@LongLink", mode: 0, target: "" }, kind, Buffer.byteLength(text) + 1),
          padded(Buffer.from(`${text}\0`)),
        ]
      : [];
  return [
    ...long("K", entry.target),
    ...long("L", entry.name),
    header(entry, KINDS[entry.type], entry.bytes.length),
    ...(entry.bytes.length > 0 ? [padded(entry.bytes)] : []),
  ];
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes], Math.ceil(bytes.length / BLOCK) * BLOCK);
}

function header(entry: TarEntry, kind: string, size: number): Buffer {
  const block = Buffer.alloc(BLOCK);
  const octal = (value: number, at: number, width: number) =>
    block.write(`${value.toString(8).padStart(width - 1, "0")}\0`, at);
  const text = (value: string, at: number, width: number) => Buffer.from(value).subarray(0, width).copy(block, at);
  text(entry.name, 0, 100);
  octal(entry.mode & 0o7777, 100, 8);
  octal(ownerId(entry.owner), 108, 8);
  octal(ownerId(entry.group), 116, 8);
  octal(size, 124, 12);
  octal(Math.max(0, Math.floor(entry.mtimeMs / 1000)), 136, 12);
  block.write("        ", 148);
  block.write(kind, 156);
  text(entry.target, 157, 100);
  block.write("ustar  \0", 257);
  text(entry.owner, 265, 31);
  text(entry.group, 297, 31);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return block;
}

/** What an archive holds; undefined when it is none. */
export function entriesOf(archive: Buffer): TarEntry[] | undefined {
  const entries: TarEntry[] = [];
  let [longName, longTarget] = ["", ""];
  for (let at = 0; at + BLOCK <= archive.length; ) {
    const block = archive.subarray(at, at + BLOCK);
    if (block.every((byte) => byte === 0)) return entries;
    const text = (from: number, width: number) => block.toString("utf8", from, from + width).replace(/\0[\s\S]*$/, "");
    const number = (from: number, width: number) => Number.parseInt(text(from, width).trim() || "0", 8);
    const sum = block.reduce((total, byte, index) => total + (index >= 148 && index < 156 ? 32 : byte), 0);
    if (number(148, 8) !== sum) return entries.length > 0 ? entries : undefined;
    const size = number(124, 12);
    const bytes = archive.subarray(at + BLOCK, at + BLOCK + size);
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
    const kind = text(156, 1);
    if (kind === "L") longName = bytes.toString("utf8").replace(/\0[\s\S]*$/, "");
    else if (kind === "K") longTarget = bytes.toString("utf8").replace(/\0[\s\S]*$/, "");
    else if (kind === "" || "0257".includes(kind)) {
      // POSIX's form splits a long name in two.
      const prefix = text(257, 6) === "ustar" ? text(345, 155) : "";
      const name = longName || (prefix ? `${prefix}/${text(0, 100)}` : text(0, 100));
      const type = kind === "5" || name.endsWith("/") ? "directory" : kind === "2" ? "symlink" : "file";
      entries.push({
        name,
        type,
        mode: number(100, 8) & 0o7777,
        owner: text(265, 32) || ownerNamed(number(108, 8)),
        group: text(297, 32) || ownerNamed(number(116, 8)),
        mtimeMs: number(136, 12) * 1000,
        target: longTarget || text(157, 100),
        bytes: Buffer.from(bytes),
      });
      [longName, longTarget] = ["", ""];
    }
  }
  return archive.length === 0 || entries.length > 0 ? entries : undefined;
}
