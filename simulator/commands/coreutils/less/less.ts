/** `less` and `more`, and the pager that `man` and `journalctl` open: one screen at a time. Keys and prompts of less 590. */
import { FileError } from "../../../shell/node-files.ts";
import type { Program, ProgramContext } from "../../../shell/process.ts";
import { type Arguments, pathIn, reasonOf, refuseUsage } from "../arguments.ts";
import { collect, openInput } from "../streams.ts";
import { lessArguments } from "./options.ts";
import { type PageOptions, Pager } from "./pager.ts";
import { HELP } from "./shown-text.ts";

/** What it shows at most, bytes: all of it is held, and a screen is looked for in one piece. */
const SHOWN_BYTES_MAX = 4 << 20;

/** Without a terminal the text is passed on. */
export const less: Program = async (ctx) => {
  const preset = presetOptions(ctx.env.get("LESS") ?? "");
  const words = [...(preset.start === "" ? [] : [`+${preset.start}`]), ...ctx.argv.slice(1)];
  let args: Arguments;
  try {
    args = await lessArguments(ctx);
  } catch (error) {
    return refuseUsage(ctx, error);
  }
  const { flags, operands } = args;
  if (flags.has("help")) return page(ctx, HELP.join("\n"), { flags: new Set(), name: "", start: "" });
  for (const letter of preset.flags) flags.set(letter, "");
  if (operands.length === 0 && ctx.isTty.stdin) {
    await ctx.stderr.write('Missing filename ("less --help" for help)\n');
    return 1;
  }
  let text = "";
  for (const operand of operands.length ? operands : ["-"]) {
    try {
      text += await readShown(ctx, operand);
    } catch (error) {
      await ctx.stderr.write(`${operand}: ${reasonOf(error)}\n`);
      return 1;
    }
  }
  const start = words.findLast((word) => word.startsWith("+"))?.slice(1) ?? "";
  const only = operands.length === 1 && operands[0] !== "-" ? operands[0]! : undefined;
  return page(ctx, text, {
    flags: new Set(flags.keys()),
    name: operands[0] ?? "",
    start,
    ...(only !== undefined && { more: () => readShown(ctx, only) }),
  });
};

/** All of an operand. @throws FileError when it is more than is shown */
async function readShown(ctx: ProgramContext, operand: string): Promise<string> {
  // A file with holes may be far larger than what is on the disk; it is not read for nothing.
  if (operand !== "-" && (await ctx.files.stat(pathIn(ctx, operand))).size > SHOWN_BYTES_MAX)
    throw new FileError("EFBIG", operand);
  return (await collect(ctx, openInput(ctx, operand), undefined, SHOWN_BYTES_MAX)).toString("utf8");
}

/** What `$LESS` says, with or without dashes: `FRSXMK`, `-R -S`, `FRSXMK +G`. */
export function presetOptions(text: string): { flags: Set<string>; start: string } {
  const words = text.split(/\s+/).filter(Boolean);
  const letters = words.filter((word) => !word.startsWith("+")).map((word) => word.replace(/^-(?!-)/, ""));
  return {
    flags: new Set(letters.filter((word) => !word.startsWith("-")).flatMap((word) => [...word])),
    start: words.findLast((word) => word.startsWith("+"))?.slice(1) ?? "",
  };
}

/** Show a text on the terminal until `q`; where there is none, write it. */
export async function page(ctx: ProgramContext, text: string, options: PageOptions): Promise<number> {
  const { tty } = ctx;
  if (!tty || !ctx.isTty.stdout) {
    await ctx.stdout.write(text);
    return 0;
  }
  const pager = new Pager(ctx, tty, text, options);
  if (options.flags.has("F") && pager.fits()) {
    await pager.printWhole();
    return 0;
  }
  const alternate = !options.flags.has("X");
  tty.setMode("raw");
  if (alternate) await tty.write("\x1b[?1049h\x1b[H");
  const stopResize = tty.onResize(() => void pager.draw().catch(() => undefined));
  const leave = () => tty.write(`\r\x1b[K${alternate ? "\x1b[?1049l" : ""}`);
  try {
    await pager.begin();
    while ((await pager.run()) === "stop") {
      await leave();
      tty.setMode("cooked");
      await ctx.stop();
      tty.setMode("raw");
      if (alternate) await tty.write("\x1b[?1049h");
      pager.wipe();
    }
    await leave();
    return 0;
  } catch (error) {
    // A terminal that is gone takes nothing more.
    leave().catch(() => undefined);
    throw error;
  } finally {
    stopResize();
    tty.setMode("cooked");
  }
}
