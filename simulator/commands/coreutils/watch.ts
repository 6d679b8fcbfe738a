/** `watch`: a command again and again, what it prints on a screen of its own. */
import type { Program, ProgramContext } from "../../shell/process.ts";
import { zoneOfProgram } from "../../shell/process-zone.ts";
import { formatTime } from "../../shell/time-text.ts";
import { type Arguments, readArguments, refuseUsage } from "./arguments.ts";
import { runWith } from "./command-output.ts";
import { readStyles, STYLES, styledPiece } from "./less/styled-text.ts";
import { wallMs } from "./node-facts.ts";
import { commandLine } from "./running.ts";

export const watch: Program = async (ctx) => {
  let args: Arguments;
  try {
    args = readArguments(
      ctx.argv,
      "n:dtgecxbw",
      {
        "interval=": "n",
        "differences?": "d",
        "no-title": "t",
        chgexit: "g",
        errexit: "e",
        color: "c",
        exec: "x",
        beep: "b",
        "no-wrap": "w",
      },
      { stopAtOperand: true },
    );
  } catch (error) {
    return refuseUsage(ctx, error);
  }
  if (args.operands.length === 0) {
    await ctx.stderr.write("Usage:\n watch [options] command\n");
    return 1;
  }
  const seconds = Math.max(0.1, Number(args.flags.get("n") ?? 2) || 2);
  const line = args.flags.has("x") ? commandLine(args.operands) : args.operands.join(" ");
  const { tty } = ctx;
  let before: string | undefined;
  const differences = args.flags.has("d") ? new Differences(args.flags.get("d") !== "") : undefined;
  const draw = async () => {
    const output = await outputOf(ctx, line);
    await ctx.stdout.write(screen(ctx, args, seconds, line, output.text, differences));
    const changed = before !== undefined && before !== output.text;
    before = output.text;
    return { changed, status: output.status };
  };
  let pause = new AbortController();
  const takeScreen = () => {
    tty?.setMode("no-echo");
    return ctx.stdout.write(tty ? "\x1b[?1049h\x1b[?25l" : "");
  };
  const restore = () => {
    tty?.write("\x1b[?25h\x1b[?1049l").catch(() => undefined);
    tty?.setMode("cooked");
  };
  // ^Z gives the screen back, also while a command runs; what comes after is a screen of its own.
  let stopListening = () => {};
  const listen = () => {
    stopListening = ctx.onSignal("SIGTSTP", () => {
      restore();
      stopListening();
      ctx
        .stop()
        .then(takeScreen)
        .then(() => {
          listen();
          pause.abort(new Error("goes on"));
        })
        // Ended while it was stopped.
        .catch(() => undefined);
    });
  };
  listen();
  // Another size is another screen, at once.
  const stopResize = tty?.onResize(() => pause.abort(new Error("another size")));
  await takeScreen();
  // ^C is how it is left: that is its good end. Whatever else ends it gives the screen back first.
  const left = new AbortController();
  const stopLeaving = ctx.onSignal("SIGINT", () => {
    left.abort();
    pause.abort(new Error("left"));
  });
  ctx.signal.addEventListener("abort", restore, { once: true });
  try {
    while (!left.signal.aborted) {
      const { changed, status } = await draw();
      if (left.signal.aborted) break;
      const failed = args.flags.has("e") && status !== 0;
      if (failed || (args.flags.has("g") && changed)) {
        restore();
        return failed ? 8 : 0;
      }
      try {
        await ctx.lab.sleep(seconds * 1000, AbortSignal.any([pause.signal, ctx.signal]));
      } catch (error) {
        if (!pause.signal.aborted || ctx.signal.aborted) throw error;
      }
      pause = new AbortController();
    }
    restore();
    return 0;
  } finally {
    stopListening();
    stopLeaving();
    stopResize?.();
  }
};

async function outputOf(ctx: ProgramContext, line: string): Promise<{ text: string; status: number }> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const status = await runWith(ctx, line, "", (chunk) => {
    // More than a screen holds is never shown.
    if (size < 1 << 18) chunks.push(chunk);
    size += chunk.length;
  });
  return { text: Buffer.concat(chunks).toString("utf8"), status };
}

/** `-d`: characters that are not as they were are shown in reverse; with `-d=permanent` also those that once were not. */
class Differences {
  #permanent: boolean;
  #before: string[][] | undefined;
  #ever = new Set<string>();
  constructor(permanent: boolean) {
    this.#permanent = permanent;
  }

  marked(lines: readonly string[]): string[] {
    const now = lines.map((row) => [...row]);
    const before = this.#before;
    this.#before = now;
    if (!before) return [...lines];
    return now.map((row, at) => {
      let out = "";
      let isOn = false;
      for (const [column, char] of row.entries()) {
        const differs = (before[at]?.[column] ?? " ") !== char;
        const place = `${at},${column}`;
        if (differs && this.#permanent) this.#ever.add(place);
        const wanted = differs || this.#ever.has(place);
        if (wanted !== isOn) out += wanted ? "\x1b[7m" : "\x1b[27m";
        isOn = wanted;
        out += char;
      }
      return isOn ? `${out}\x1b[27m` : out;
    });
  }
}

function screen(
  ctx: ProgramContext,
  args: Arguments,
  seconds: number,
  line: string,
  text: string,
  differences: Differences | undefined,
): string {
  const columns = ctx.tty?.columns ?? 80;
  const rows = ctx.tty?.rows ?? 24;
  let head = "";
  if (!args.flags.has("t")) {
    const left = `Every ${seconds.toFixed(1)}s: ${line}`;
    const right = `${ctx.node}: ${formatTime("%a %b %e %H:%M:%S %Y", wallMs(ctx), zoneOfProgram(ctx))}`;
    head = `${left.slice(0, Math.max(0, columns - right.length - 1)).padEnd(columns - right.length)}${right}\n\n`;
  }
  const lines = text
    .split("\n")
    .flatMap((row) => rowsOf(row, columns, { coloured: args.flags.has("c"), wraps: !args.flags.has("w") }))
    .slice(0, rows - (head ? 2 : 0));
  const shown = differences?.marked(lines) ?? lines;
  // The cursor rests in the last corner.
  return `\x1b[H\x1b[2J${head}${shown.join("\n").replace(/\n$/, "")}\x1b[${rows};${columns}H`;
}

/** A line as rows of the screen: colours are kept when they are asked for, and other control characters never. */
function rowsOf(line: string, columns: number, look: { coloured: boolean; wraps: boolean }): string[] {
  const plain = look.coloured ? line : line.replaceAll(STYLES, "");
  const { characters, styles } = readStyles(plain.replaceAll(/(?!\t|\x1b\[)[\x00-\x1f\x7f]/g, ""), look.coloured);
  const count = look.wraps ? Math.max(1, Math.ceil(characters.length / columns)) : 1;
  return Array.from({ length: count }, (_, at) => styledPiece(characters, styles, at * columns, (at + 1) * columns));
}
