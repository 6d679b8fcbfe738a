/** What `find -printf` and `-ls` write of a file. @source findutils 4.9 find(1) */
import type { Zone } from "../../cluster/node-settings/zone-time.ts";
import { blocksOf, type FileStat } from "../../shell/node-files.ts";
import { formatTime } from "../../shell/time-text.ts";
import { modeText } from "./file-words.ts";

export interface FoundPlace {
  /** As shown: the starting point and what lies below. */
  path: string;
  name: string;
  depth: number;
  stat: FileStat;
}

const ESCAPES: Record<string, string> = { n: "\n", t: "\t", r: "\r", "0": "\0", "\\": "\\", a: "\x07" };
const KIND: Record<FileStat["type"], string> = { file: "f", directory: "d", symlink: "l", device: "c" };

/** @param root the starting point @param target of a symbolic link, else empty */
export function printfText(
  format: string,
  { path, name, depth, stat }: FoundPlace,
  root: string,
  target: string,
  zone: Zone,
) {
  const folder = path.includes("/") ? path.slice(0, path.lastIndexOf("/")) || "/" : ".";
  const below = path === root ? "" : path.slice(root.length).replace(/^\//, "");
  const values: Record<string, string | number> = {
    ...{ p: path, f: name, h: folder, P: below, H: root, l: target, d: depth, y: KIND[stat.type] },
    ...{ s: stat.size, m: stat.mode.toString(8), M: modeText(stat), u: stat.owner, g: stat.group },
    ...{ i: stat.inode, n: stat.links, k: Math.ceil(blocksOf(stat) / 2), b: blocksOf(stat) },
    ...{ t: formatTime("%a %b %e %H:%M:%S.%N0 %Y", stat.mtimeMs, zone), "%": "%" },
  };
  return format.replace(/\\(.)|%([-0]*\d*)([TAC]?)(.)/gs, (all, escaped, width, time, letter) => {
    if (escaped !== undefined) return ESCAPES[escaped] ?? all;
    let text: string;
    if (time) {
      text =
        letter === "@" ? `${(stat.mtimeMs / 1000).toFixed(3)}0000000` : formatTime(`%${letter}`, stat.mtimeMs, zone);
      if (letter === "S" || letter === "T") text += `.${String(stat.mtimeMs % 1000).padStart(3, "0")}0000000`;
      if (letter === "+") text = formatTime("%F+%T.%N0", stat.mtimeMs, zone);
    } else if (letter in values) text = String(values[letter]);
    else return all;
    const columns = Number(width.replace(/\D/g, "") || 0);
    return width.startsWith("-") ? text.padEnd(columns) : text.padStart(columns);
  });
}

export function lsLine({ path, stat }: FoundPlace, target: string, zone: Zone): string {
  const blocks = Math.ceil(blocksOf(stat) / 2);
  const [links, size] = [String(stat.links).padStart(3), String(stat.size).padStart(8)];
  const who = `${stat.owner.padEnd(8)} ${stat.group.padEnd(8)}`;
  const when = formatTime("%b %e %H:%M", stat.mtimeMs, zone);
  const shown = target ? `${path} -> ${target}` : path;
  return `${String(stat.inode).padStart(9)} ${String(blocks).padStart(6)} ${modeText(stat)} ${links} ${who} ${size} ${when} ${shown}\n`;
}
