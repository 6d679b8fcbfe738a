/** `less`, and the pager that `man` and `journalctl` open: one screen at a time. Keys and prompts of less 590. */
import { FileError } from "../../../shell/node-files.ts";
import type { Program, ProgramContext, Tty } from "../../../shell/process.ts";
import { reasonOf, refuseUsage } from "../arguments.ts";
import { lessArguments } from "./options.ts";
import { type ListedFile, type PageOptions, Pager } from "./pager.ts";
import { standing } from "./question.ts";
import { readShown } from "./read-shown.ts";
import { HELP } from "./shown-text.ts";

/** Without a terminal the text is passed on. */
export const less: Program = async (ctx) => {
  const preset = presetOptions(ctx.env.get("LESS") ?? "");
  const words = [...(preset.start === "" ? [] : [`+${preset.start}`]), ...ctx.argv.slice(1)];
  let read: Awaited<ReturnType<typeof lessArguments>>;
  try {
    read = await lessArguments(ctx);
  } catch (error) {
    return refuseUsage(ctx, error);
  }
  const { flags, operands } = read.args;
  if (flags.has("help")) return page(ctx, HELP.join("\n"), { flags: new Set(), name: "", start: "" });
  for (const letter of preset.flags) flags.set(letter, "");
  if (operands.length === 0 && ctx.isTty.stdin) {
    await ctx.stderr.write('Missing filename ("less --help" for help)\n');
    return 1;
  }
  const shows = ctx.tty !== undefined && ctx.isTty.stdout;
  const files = operands.length ? operands : ["-"];
  const texts = new Map<string, string>();
  for (const file of files) {
    try {
      texts.set(file, await readShown(ctx, file));
    } catch (error) {
      await ctx.stderr.write(refusalOf(file, error));
    }
    // On a screen one is enough to begin with.
    if (shows && texts.size > 0) break;
  }
  const [first] = texts.keys();
  if (first === undefined) return 1;
  if (!shows) {
    for (const text of texts.values()) await ctx.stdout.write(text);
    return 0;
  }
  if (read.complained) {
    await ctx.stderr.write("Press RETURN to continue ");
    await ctx.tty?.readLine();
  }
  return page(ctx, texts.get(first)!, {
    flags: new Set(flags.keys()),
    name: first,
    start: words.findLast((word) => word.startsWith("+"))?.slice(1) ?? "",
    ...(first !== "-" && { more: () => readShown(ctx, first) }),
    ...(operands.length > 1 && {
      files: listFrom(operands, first),
    }),
  });
};

/** The files of a command line without those before the first one that could be read. */
function listFrom(operands: readonly string[], first: string): { all: ListedFile[]; this: ListedFile } {
  const all = operands.slice(operands.indexOf(first)).map((name) => ({ name }));
  return { all, this: all[0]! };
}

function refusalOf(file: string, error: unknown): string {
  const isFolder = error instanceof FileError && error.code === "EISDIR";
  return isFolder ? `${file} is a directory\n` : `${file}: ${reasonOf(error)}\n`;
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
  let pager = new Pager(ctx, tty, text, options);
  const opened = new Map<ListedFile | undefined, Pager>([[options.files?.this, pager]]);
  if (options.flags.has("F") && pager.fits()) {
    await pager.printWhole();
    return 0;
  }
  const alternate = !options.flags.has("X");
  tty.setMode("raw");
  if (alternate) await tty.write("\x1b[?1049h");
  const stopResize = tty.onResize(() => void pager.draw().catch(() => undefined));
  const leave = () => tty.write(`\r\x1b[K${alternate ? "\x1b[?1049l" : ""}`);
  try {
    await pager.begin();
    const away = async (doing: () => Promise<unknown>) => {
      await leave();
      tty.setMode("cooked");
      await doing();
      tty.setMode("raw");
      if (alternate) await tty.write("\x1b[?1049h");
    };
    for (let typed: string[] = []; ; ) {
      const left = await pager.run(typed);
      ({ typed } = left);
      const { end } = left;
      if (end === "quit") break;
      if (end === "stop") {
        await away(() => ctx.stop());
        pager.wipe();
      } else if ("command" in end) {
        await away(() => runCommand(ctx, tty, end.command));
        pager.comeBack();
      } else {
        pager = await openOther(ctx, tty, pager.options, end.step, opened);
      }
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

/** `!`: what it prints stands on the shell's screen until RETURN is pressed. */
async function runCommand(ctx: ProgramContext, tty: Tty, command: string): Promise<void> {
  await ctx.run(command, { stdin: ctx.stdin, stdout: ctx.stdout, stderr: ctx.stderr });
  tty.setMode("raw");
  await tty.write("!done  (press RETURN)");
  await tty.readKeys();
  await tty.write("\n");
}

/** The pager of another file of the command line, where it was left. One that cannot be read is told and left out. */
async function openOther(
  ctx: ProgramContext,
  tty: Tty,
  options: PageOptions,
  step: number,
  opened: Map<ListedFile | undefined, Pager>,
): Promise<Pager> {
  const { files, flags } = options;
  for (let at = (files?.all.indexOf(files.this) ?? 0) + step; ; ) {
    const file = files?.all[at] ?? files?.this;
    let pager = opened.get(file);
    if (!pager && file && files) {
      const { name } = file;
      try {
        const more = () => readShown(ctx, name);
        pager = new Pager(ctx, tty, await more(), { flags, name, files: { all: files.all, this: file }, more });
      } catch (error) {
        const told = standing(`${refusalOf(name, error).trimEnd()}  (press RETURN)`);
        await tty.write(`\x1b[H\x1b[2J${"\x1b[1m~\x1b[0m\n".repeat(Math.max(1, tty.rows - 1))}${told}`);
        await tty.readKeys();
        files.all.splice(at, 1);
        if (step < 0) at--;
        continue;
      }
    }
    if (!pager) throw new Error("a pager is left for a file of its list");
    opened.set(file, pager);
    pager.comeBack();
    return pager;
  }
}
