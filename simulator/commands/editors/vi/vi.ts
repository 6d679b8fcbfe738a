/**
 * `vi`: normal, insert, replace, visual and command-line mode, counts, registers, operators with motions and text
 * objects, marks, macros, undo, search, substitution with questions.
 *
 * @source vim.tiny(1) of Debian 12; POSIX vi
 */
import type { Program } from "../../../shell/process.ts";
import { fullScreen, suspendKey } from "../full-screen.ts";
import { openNamed } from "./files.ts";
import { pressKey } from "./keyboard.ts";
import { execute } from "./line-commands.ts";
import { draw } from "./screen.ts";
import { ViState } from "./state.ts";
import { seek } from "./targets.ts";

export const vi: Program = async (ctx) => {
  const operands = ctx.argv.slice(1).filter((word) => !/^[-+]/.test(word));
  if (!ctx.tty || !ctx.isTty.stdout) {
    await ctx.stderr.write("Vim: Error: Output is not to a terminal\n");
    return 1;
  }
  if (operands.length > 1) await ctx.stdout.write(`${operands.length} files to edit\n`);
  const start = ctx.argv.find((word) => /^\+/.test(word));
  const name = ctx.argv[0]!.replace(/^.*\//, "");
  const state = new ViState(ctx, ctx.tty, {
    names: operands,
    isView: ctx.argv.includes("-R") || name === "view",
    compatible: name === "vi",
    press: pressKey,
  });
  if (state.name) await openNamed(state);
  if (start !== undefined) await startAt(state, start.slice(1));
  return fullScreen(
    state.tty,
    () => draw(state),
    async (key) => {
      if (key === "^z" && state.mode !== "insert" && state.mode !== "line") return suspendKey;
      await pressKey(state, key);
      if (state.readOnly && !state.warnedOfReadOnly && (state.buffer.modified || state.mode === "insert")) {
        state.warnedOfReadOnly = true;
        state.message = "W10: Warning: Changing a readonly file";
      }
      return state.status;
    },
    async () => {
      await ctx.stop();
      state.message = "";
    },
  );
};

/** @param where what stands behind `+`: a line's number, none for the last line, `/` and a pattern, or a command */
async function startAt(state: ViState, where: string): Promise<void> {
  const { buffer } = state;
  if (/^\d*$/.test(where)) buffer.move(where === "" ? buffer.lines.length - 1 : Number(where) - 1, 0);
  else if (where.startsWith("/")) {
    const told = state.message;
    seek(state, where.slice(1), false);
    if (!/^E\d/.test(state.message)) state.message = told;
  } else await execute(state, where);
}
