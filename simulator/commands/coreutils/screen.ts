/** `clear`, `reset`, `stty`, `tput`, and programs that are honestly absent. */
import type { Program } from "../../shell/process.ts";
import { complain } from "./arguments.ts";

export const clear: Program = async (ctx) => {
  await ctx.stdout.write("\x1b[H\x1b[2J\x1b[3J");
  return 0;
};

export const reset: Program = async (ctx) => {
  ctx.tty?.setMode("cooked");
  await ctx.stdout.write("\x1bc\x1b[!p\x1b[?3;4l\x1b[4l\x1b>");
  return 0;
};

export const stty: Program = async (ctx) => {
  const words = ctx.argv.slice(1);
  if (!ctx.tty) {
    await ctx.stderr.write("stty: 'standard input': Inappropriate ioctl for device\n");
    return 1;
  }
  if (words[0] === "size") await ctx.stdout.write(`${ctx.tty.rows} ${ctx.tty.columns}\n`);
  else if (words.length === 0 || words[0] === "-a") {
    await ctx.stdout.write(`speed 38400 baud; rows ${ctx.tty.rows}; columns ${ctx.tty.columns}; line = 0;\n`);
  } else if (words.includes("-echo")) ctx.tty.setMode("no-echo");
  else if (words.includes("raw")) ctx.tty.setMode("raw");
  else if (words.includes("echo") || words.includes("sane") || words.includes("cooked")) ctx.tty.setMode("cooked");
  return 0;
};

export const tput: Program = async (ctx) => {
  const values: Record<string, string> = {
    cols: `${ctx.tty?.columns ?? 80}\n`,
    lines: `${ctx.tty?.rows ?? 24}\n`,
    clear: "\x1b[H\x1b[2J",
    bold: "\x1b[1m",
    sgr0: "\x1b(B\x1b[m",
    civis: "\x1b[?25l",
    cnorm: "\x1b[?25h",
    colors: "256\n",
    reset: "\x1bc",
  };
  const [, name = "", number = "0"] = ctx.argv;
  const value = name === "setaf" ? `\x1b[3${number}m` : name === "setab" ? `\x1b[4${number}m` : values[name];
  if (value === undefined) {
    await complain(ctx, `unknown terminfo capability '${name}'`);
    return 4;
  }
  await ctx.stdout.write(value);
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
