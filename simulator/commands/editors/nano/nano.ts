/**
 * `nano` as Debian sets it up (`stateflags`, `locking`, `historylog`).
 *
 * @source nano(1), nanorc(5); texts and screens held against GNU nano 7.2
 */
import type { Program } from "../../../shell/process.ts";
import { fullScreen, paint } from "../full-screen.ts";
import { readCommandLine } from "./command-line.ts";
import { pressKey } from "./keyboard.ts";
import { nanoScreen, scrollToCursor } from "./nano-screen.ts";
import { leaveBehind } from "./open-files.ts";
import { openAll } from "./opening.ts";
import { NanoState, tell } from "./state.ts";

export const nano: Program = async (ctx) => {
  const line = readCommandLine(ctx.argv.slice(1));
  if (line.kind === "unrecognized") {
    await ctx.stderr.write(
      `nano: unrecognized option '${line.option}'\nType 'nano -h' for a list of available options.\n`,
    );
    return 1;
  }
  const { options, named } = line;
  if (options.has("V")) {
    await ctx.stdout.write(" GNU nano, version 7.2\n (C) 2023 the Free Software Foundation and various contributors\n");
    return 0;
  }
  if (options.has("h")) {
    await ctx.stdout.write("Usage: nano [OPTIONS] [[+LINE[,COLUMN]] FILE]...\n\nSee man nano.\n");
    return 0;
  }
  if (!ctx.tty || !ctx.isTty.stdout) {
    await ctx.stderr.write("Standard output is not a terminal\n");
    return 1;
  }
  const state = new NanoState(ctx, ctx.tty, options);
  await openAll(state, named);
  if (named.length === 0) tell(state, "Welcome to nano.  For basic help, type Ctrl+G.");
  try {
    return await fullScreen(
      state.tty,
      () => draw(state),
      (key) => pressKey(state, key),
      () => ctx.stop(),
    );
  } finally {
    await leaveBehind(state);
  }
};

async function draw(state: NanoState): Promise<void> {
  const { view } = state;
  scrollToCursor(view);
  const { rows, cursor } = nanoScreen(view);
  await paint(state.tty, rows, cursor);
}
