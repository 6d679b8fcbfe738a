/** `clear`, `reset`, `tput`, `mesg`, and programs that are honestly absent. */
import type { Program } from "../../shell/process.ts";
import { initialSettings } from "../../shell/tty-settings.ts";
import { complain } from "./arguments.ts";

export const clear: Program = async (ctx) => {
  await ctx.stdout.write("\x1b[H\x1b[2J\x1b[3J");
  return 0;
};

/** For the terminal to settle. @source ncurses 6.4 progs/tset.c */
const SETTLE_MS = 1_000;

export const reset: Program = async (ctx) => {
  ctx.tty?.setMode("cooked");
  ctx.tty?.setSettings(initialSettings());
  await ctx.stdout.write("\x1bc\x1b[!p\x1b[?3;4l\x1b[4l\x1b>");
  await ctx.lab.sleep(SETTLE_MS);
  return 0;
};

const CAPABILITIES: Record<string, string> = {
  bel: "\x07",
  blink: "\x1b[5m",
  bold: "\x1b[1m",
  civis: "\x1b[?25l",
  clear: "\x1b[H\x1b[2J\x1b[3J",
  cnorm: "\x1b[?12l\x1b[?25h",
  cr: "\r",
  cub1: "\b",
  cud1: "\n",
  cuf1: "\x1b[C",
  cuu1: "\x1b[A",
  dim: "\x1b[2m",
  dl1: "\x1b[M",
  ed: "\x1b[J",
  el: "\x1b[K",
  el1: "\x1b[1K",
  home: "\x1b[H",
  il1: "\x1b[L",
  op: "\x1b[39;49m",
  rc: "\x1b8",
  rev: "\x1b[7m",
  ritm: "\x1b[23m",
  rmcup: "\x1b[?1049l\x1b[23;0;0t",
  rmso: "\x1b[27m",
  rmul: "\x1b[24m",
  sc: "\x1b7",
  sgr0: "\x1b(B\x1b[m",
  sitm: "\x1b[3m",
  smcup: "\x1b[?1049h\x1b[22;0;0t",
  smso: "\x1b[7m",
  smul: "\x1b[4m",
};
const NUMBERS: Record<string, number> = { colors: 256, it: 8, pairs: 65_536 };
const FLAGS = new Set(["am", "bce", "km", "mc5i", "mir", "msgr", "npc", "xenl"]);

/** Capabilities that take numbers. */
function withNumbers(name: string, numbers: readonly number[]): string | undefined {
  const [first = 0, second = 0] = numbers;
  const color = (base: number) =>
    first < 8 ? `\x1b[${base}${first}m` : first < 16 ? `\x1b[${base + 6}${first - 8}m` : `\x1b[${base}8;5;${first}m`;
  switch (name) {
    case "cup":
      return `\x1b[${first + 1};${second + 1}H`;
    case "setaf":
      return color(3);
    case "setab":
      return color(4);
    case "cuu":
      return `\x1b[${first}A`;
    case "cud":
      return `\x1b[${first}B`;
    case "cuf":
      return `\x1b[${first}C`;
    case "cub":
      return `\x1b[${first}D`;
    case "ech":
      return `\x1b[${first}X`;
    case "hpa":
      return `\x1b[${first + 1}G`;
    case "vpa":
      return `\x1b[${first + 1}d`;
  }
  return undefined;
}

/** @source terminfo of xterm-256color, tput(1) */
export const tput: Program = async (ctx) => {
  const [name, ...numbers] = ctx.argv.slice(ctx.argv[1] === "-T" ? 3 : 1);
  if (name === undefined) {
    await ctx.stderr.write("usage: tput [-V] [-S] [-x] [-T term] capname\n");
    return 2;
  }
  if (FLAGS.has(name)) return 0;
  const sizes: Record<string, number> = { cols: ctx.tty?.columns ?? 80, lines: ctx.tty?.rows ?? 24, ...NUMBERS };
  const number = sizes[name];
  if (name === "longname") await ctx.stdout.write("xterm with 256 colors");
  else if (number !== undefined) await ctx.stdout.write(`${number}\n`);
  else if (name === "reset" || name === "init") await ctx.stdout.write("\x1b[!p\x1b[?3;4l\x1b[4l\x1b>");
  else {
    const text = CAPABILITIES[name] ?? withNumbers(name, numbers.map(Number));
    if (text === undefined) {
      await complain(ctx, `unknown terminfo capability '${name}'`);
      return 4;
    }
    await ctx.stdout.write(text);
  }
  return 0;
};

/** `mesg`: whether others may write to the terminal; root's profile says no, which a learner may change for a moment. */
export const mesg: Program = async (ctx) => {
  const [, wish] = ctx.argv;
  if (!ctx.isTty.stdin && wish === undefined) {
    await ctx.stderr.write("mesg: ttyname failed: Inappropriate ioctl for device\n");
    return 2;
  }
  if (wish === undefined) await ctx.stdout.write("is n\n");
  return 0;
};

/** A program of a real node that the simulated one does not have yet: it says so instead of pretending. */
export function notModelled(hint = ""): Program {
  return async (ctx) => {
    await ctx.stderr.write(
      `${ctx.argv[0]!.replace(/^.*\//, "")}: not modelled in this simulated node yet${hint ? `; ${hint}` : ""}\n`,
    );
    return 1;
  };
}

/** Programs whose doing nothing is what a node shows, too (`mesg`, `sync`, `true`). */
export const quiet: Program = async () => 0;
export const unsuccessful: Program = async () => 1;
