/** `clear`, `reset`, `stty`, `tput`, the pagers, and programs that are honestly absent. */
import { KeyReader } from "../../shell/keys.ts";
import type { Program } from "../../shell/process.ts";
import { complain, readArguments, reasonOf } from "./arguments.ts";
import { collect, openInput } from "./streams.ts";

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

/** `less` and `more`: one screen at a time; without a terminal they pass everything on. */
export const less: Program = async (ctx) => {
  const { flags, operands } = readArguments(
    ctx.argv.filter((word) => !/^\+/.test(word)),
    "NSRFXEeiInmMqQ~p:x:",
    {},
  );
  const inputs = operands.length ? operands : ["-"];
  if (operands.length === 0 && ctx.isTty.stdin) {
    await ctx.stderr.write('Missing filename ("less --help" for help)\n');
    return 1;
  }
  let text = "";
  for (const operand of inputs) {
    try {
      text += (await collect(ctx, openInput(ctx, operand))).toString("utf8");
    } catch (error) {
      await ctx.stderr.write(`${operand}: ${reasonOf(error)}\n`);
      return 1;
    }
  }
  const { tty } = ctx;
  if (!tty || !ctx.isTty.stdout) {
    await ctx.stdout.write(text);
    return 0;
  }
  const number = (line: string, at: number) => (flags.has("N") ? `${String(at + 1).padStart(7)} ${line}` : line);
  const lines = text.replace(/\n$/, "").split("\n").map(number);
  if (flags.has("F") && lines.length < tty.rows) {
    await ctx.stdout.write(`${lines.join("\n")}\n`);
    return 0;
  }
  const keys = new KeyReader();
  let top = 0;
  let message = "";
  let query = "";
  const bottom = () => Math.max(0, lines.length - (tty.rows - 1));
  const draw = async () => {
    const page = lines.slice(top, top + tty.rows - 1).map((line) => line.slice(0, tty.columns));
    while (page.length < tty.rows - 1) page.push("~");
    const status = message || (top >= bottom() ? "\x1b[7m(END)\x1b[27m" : ":");
    message = "";
    await tty.write(`\x1b[H\x1b[2J${page.join("\n")}\n${status}`);
  };
  const seek = (step: 1 | -1) => {
    for (let at = top + step; at >= 0 && at < lines.length; at += step) {
      if (lines[at]!.includes(query)) {
        top = Math.min(at, bottom());
        return;
      }
    }
    message = "\x1b[7mPattern not found\x1b[27m";
  };
  const restore = () => {
    tty.write("\x1b[?1049l").catch(() => undefined);
  };
  tty.setMode("raw");
  await tty.write("\x1b[?1049h");
  const stopResize = tty.onResize(() => {
    draw().catch(() => undefined);
  });
  let asking: string | undefined;
  try {
    await draw();
    for (;;) {
      const bytes = await tty.readKeys();
      if (bytes.length === 0) return 0;
      for (const key of keys.feed(bytes)) {
        const name =
          key.kind === "text" || key.kind === "paste"
            ? key.text
            : key.kind === "alt"
              ? `M-${key.name}`
              : key.kind === "control"
                ? `^${key.name}`
                : key.name;
        if (asking !== undefined) {
          if (name === "^m" || name === "^j") {
            query = asking || query;
            asking = undefined;
            seek(1);
          } else if (name === "^backspace") asking = asking.slice(0, -1);
          else if (name === "^c" || name === "^g") asking = undefined;
          else if (key.kind === "text") asking += key.text;
          if (asking !== undefined) message = `/${asking}`;
          await draw();
          continue;
        }
        const page = Math.max(1, tty.rows - 1);
        for (const letter of key.kind === "text" ? [...key.text] : [name]) {
          switch (letter) {
            case "q":
            case "Q":
              return 0;
            case "j":
            case "^m":
            case "^j":
            case "down":
              top = Math.min(bottom(), top + 1);
              break;
            case "k":
            case "up":
              top = Math.max(0, top - 1);
              break;
            case " ":
            case "f":
            case "^f":
            case "page-down":
              top = Math.min(bottom(), top + page);
              break;
            case "b":
            case "^b":
            case "page-up":
              top = Math.max(0, top - page);
              break;
            case "d":
            case "^d":
              top = Math.min(bottom(), top + (page >> 1));
              break;
            case "u":
            case "^u":
              top = Math.max(0, top - (page >> 1));
              break;
            case "g":
            case "<":
            case "home":
              top = 0;
              break;
            case "G":
            case ">":
            case "end":
              top = bottom();
              break;
            case "/":
              asking = "";
              message = "/";
              break;
            case "n":
              seek(1);
              break;
            case "N":
              seek(-1);
              break;
          }
        }
        await draw();
      }
    }
  } finally {
    stopResize();
    restore();
    tty.setMode("cooked");
  }
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
