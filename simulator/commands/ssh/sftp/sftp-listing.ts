/** `ls` of sftp. @source sftp.c do_ls_dir, ls_file of OpenSSH 9.2 */

import type { FileStat } from "../../../shell/node-files.ts";
import { hasPattern } from "../../../shell/pattern.ts";
import { formatTime } from "../../../shell/time-text.ts";
import { wallMs } from "../../coreutils/node-facts.ts";
import { expandRemote, joinPath } from "../remote-files.ts";
import type { SftpSession } from "./sftp-commands.ts";

const HALF_A_YEAR_MS = (365 * 86_400_000) / 2;
const TYPES = { file: "-", directory: "d", symlink: "l", device: "c" } as const;

export async function listRemote(session: SftpSession, words: string[]): Promise<boolean> {
  const { ctx, remote, cwd } = session;
  const options = words.filter((word) => /^-/.test(word)).join("");
  const operands = words.filter((word) => !/^-/.test(word));
  const [operand] = operands;
  const pattern = joinPath(cwd, operand ?? ".");
  const found = operand === undefined ? [cwd] : await expandRemote(remote, pattern);
  if (found.length === 0) {
    await ctx.stderr.write(`Can't ls: "${pattern}" not found\n`);
    return false;
  }
  const only = found[0]!;
  const isFolder = found.length === 1 && (await remote.stat(only)).type === "directory";
  const names = isFolder
    ? [...(options.includes("a") ? [".", ".."] : []), ...(await remote.readdir(only))].filter(
        (name) => options.includes("a") || !name.startsWith("."),
      )
    : found;
  // Names come with the folder before them that was asked for.
  const lead = operand === undefined || !isFolder ? "" : `${operand.replace(/\/$/, "")}/`;
  const shown = (name: string) => {
    if (isFolder) return lead + name;
    return operand!.startsWith("/") || !name.startsWith(`${cwd}/`)
      ? name
      : name.slice(cwd === "/" ? 1 : cwd.length + 1);
  };
  const entries = await Promise.all(
    names.map(async (name) => {
      const path = isFolder ? joinPath(only, name) : name;
      return { name: shown(name), stat: await remote.stat(path, { follow: false }) };
    }),
  );
  if (!options.includes("f")) {
    const order = options.includes("t")
      ? (a: Entry, b: Entry) => b.stat.mtimeMs - a.stat.mtimeMs
      : options.includes("S")
        ? (a: Entry, b: Entry) => b.stat.size - a.stat.size
        : (a: Entry, b: Entry) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
    entries.sort(options.includes("r") ? (a, b) => order(b, a) : order);
  }
  const nowMs = wallMs(ctx);
  if (/[ln]/.test(options)) {
    const text = entries.map((entry) => longLine(entry, options, nowMs)).join("");
    await ctx.stdout.write(text);
  } else if (options.includes("1")) await ctx.stdout.write(entries.map(({ name }) => `${name}\n`).join(""));
  else
    await ctx.stdout.write(
      inColumns(
        entries.map(({ name }) => name),
        ctx.tty?.columns ?? 80,
      ),
    );
  return operand === undefined || !hasPattern(operand) || entries.length > 0;
}

interface Entry {
  name: string;
  stat: FileStat;
}

function longLine({ name, stat }: Entry, options: string, nowMs: number): string {
  const bits = [...Array(9).keys()].map((at) => (stat.mode & (0o400 >> at) ? "rwx"[at % 3] : "-")).join("");
  const recent = Math.abs(nowMs - stat.mtimeMs) < HALF_A_YEAR_MS;
  const date = formatTime(recent ? "%b %e %H:%M" : "%b %e  %Y", stat.mtimeMs);
  const numbers: Record<string, string> = { root: "0", "www-data": "33" };
  const who = (owner: string) => (options.includes("n") ? (numbers[owner] ?? owner) : owner).padEnd(8);
  const size = options.includes("h") ? short(stat.size).padStart(8) : String(stat.size).padStart(8);
  return `${TYPES[stat.type]}${bits}    ? ${who(stat.owner)} ${who(stat.group)} ${size} ${date} ${name}\n`;
}

function short(bytes: number): string {
  let [value, at] = [bytes, 0];
  const units = ["B", "KB", "MB", "GB"];
  for (; value >= 1024 && at < units.length - 1; at++) value /= 1024;
  return `${at > 0 && value < 100 ? value.toFixed(1) : Math.floor(value)}${units[at]}`;
}

function inColumns(names: string[], width: number): string {
  const longest = Math.max(0, ...names.map((name) => name.length));
  const columns = Math.max(1, Math.floor(width / (longest + 2)));
  const room = Math.min(Math.floor(width / columns), width);
  let text = "";
  for (const [at, name] of names.entries()) {
    text += name.padEnd(room);
    if ((at + 1) % columns === 0) text += "\n";
  }
  return names.length % columns === 0 ? text : `${text}\n`;
}
