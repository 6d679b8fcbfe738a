/**
 * How systemd's programs show themselves at a terminal: through a pager, in colours, lines as long as the screen is wide.
 *
 * @source systemd 252: src/shared/pager.c, src/shared/format-table.c, src/basic/terminal-util.h
 */
import type { ProgramContext } from "../../shell/process.ts";
import { page, presetOptions } from "../coreutils/less/less.ts";

const COLOURS = {
  red: "0;1;31",
  green: "0;1;32",
  yellow: "0;1;38;5;185",
  magenta: "0;1;35",
  bold: "0;1;39",
  grey: "0;38;5;245",
  underline: "0;4",
  "red underline": "0;1;4;31",
  "green underline": "0;1;4;32",
  "yellow underline": "0;1;4;38;5;185",
  "grey underline": "0;4;38;5;245",
} as const;

export type Colour = keyof typeof COLOURS;

export interface Look {
  colours: boolean;
  /** Columns of the screen when lines end at its edge; undefined: lines are as long as they are. */
  width: number | undefined;
}

/** As in a pipe. */
export const PLAIN_LOOK: Look = { colours: false, width: undefined };

export function painted(look: Look, colour: Colour | undefined, text: string): string {
  return look.colours && colour !== undefined && text !== "" ? `\x1b[${COLOURS[colour]}m${text}\x1b[0m` : text;
}

/** Green for what is up, red for what failed. */
export function activeColour(active: string): Colour | undefined {
  return active === "failed" ? "red" : active === "active" || active === "reloading" ? "green" : undefined;
}

export function enabledColour(state: string): Colour | undefined {
  return state === "enabled" ? "green" : state === "disabled" ? "yellow" : undefined;
}

/** Of a line of the journal, by its priority. */
export function priorityColour(priority: number): Colour | undefined {
  return priority <= 3
    ? "red"
    : priority === 4
      ? "yellow"
      : priority === 5
        ? "bold"
        : priority === 7
          ? "grey"
          : undefined;
}

/** With `…` in the place of what is too much. @param percent where it stands, of the width */
export function ellipsized(text: string, width: number, percent = 100): string {
  const characters = [...text];
  if (characters.length <= width) return text;
  if (width <= 1) return width < 1 ? "" : "…";
  const head = Math.floor(((width - 1) * percent + 50) / 100);
  const tail = width - 1 - head;
  return `${characters.slice(0, head).join("")}…${tail > 0 ? characters.slice(-tail).join("") : ""}`;
}

/** Whether a terminal takes what is printed; one that is dumb does not count. */
function onTerminal({ isTty, tty, env }: ProgramContext): boolean {
  return isTty.stdout && isTty.stderr && tty !== undefined && env.get("TERM") !== "dumb";
}

function hasColours(context: ProgramContext): boolean {
  const wanted = context.env.get("SYSTEMD_COLORS");
  if (wanted !== undefined && wanted !== "") {
    if (/^(?:0|no|n|false|f|off)$/i.test(wanted)) return false;
    return true;
  }
  return context.env.has("NO_COLOR") ? false : onTerminal(context);
}

/** The screen when nothing is between it and the program. */
export function lookWithoutPager(context: ProgramContext): Look {
  return {
    colours: hasColours(context),
    width: context.isTty.stdout && context.tty ? screenColumns(context) : undefined,
  };
}

function screenColumns({ env, tty }: ProgramContext): number {
  const told = Number(env.get("COLUMNS"));
  return Number.isInteger(told) && told > 0 ? told : tty!.columns;
}

export interface PagerWish {
  /** `--no-pager`. */
  disabled: boolean;
  /** `journalctl -e`. */
  jumpsToEnd?: boolean;
}

/**
 * Run what prints, and show it in less at a terminal.
 *
 * `$SYSTEMD_PAGER` and `$PAGER` turn the pager off when they are empty or `cat`; another one is taken only with
 * `$SYSTEMD_PAGERSECURE`, as systemd does, and that is not modelled: less it is.
 */
export async function throughPager(
  context: ProgramContext,
  wish: PagerWish,
  run: (context: ProgramContext, look: Look) => Promise<number>,
): Promise<number> {
  const named = context.env.get("SYSTEMD_PAGER") ?? context.env.get("PAGER");
  const isOff = named !== undefined && /^\s*(?:cat)?\s*$/.test(named);
  if (wish.disabled || isOff || !onTerminal(context)) return run(context, lookWithoutPager(context));
  let text = "";
  const decoder = new TextDecoder();
  const collected = {
    async write(bytes: Uint8Array | string) {
      const part = typeof bytes === "string" ? bytes : decoder.decode(bytes, { stream: true });
      context.hold(part.length);
      text += part;
    },
  };
  const status = await run(
    { ...context, stdout: collected, stderr: collected },
    { colours: hasColours(context), width: undefined },
  );
  if (text === "") return status;
  const { flags, start } = presetOptions(context.env.get("SYSTEMD_LESS") ?? "FRSXMK");
  await page(context, text, { flags, start: wish.jumpsToEnd ? "G" : start });
  return status;
}
