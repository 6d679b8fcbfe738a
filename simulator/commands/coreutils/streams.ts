/** Programs that pass bytes on as they come: `cat`, `tee`, `yes`, `sleep`. */
import { randomBytes } from "node:crypto";
import { FileError } from "../../shell/node-files.ts";
import type { ByteReader, Program, ProgramContext } from "../../shell/process.ts";
import { complain, pathIn, readArguments, reasonOf, refuseUsage } from "./arguments.ts";

/** A file's bytes or, for `-`, standard input, chunk by chunk. */
export function openInput(ctx: ProgramContext, operand: string): ByteReader {
  if (operand === "-") return ctx.stdin;
  const device = /^\/dev\/(zero|u?random)$/.exec(pathIn(ctx, operand))?.[1];
  if (device) {
    return {
      async read() {
        await ctx.breathe();
        return device === "zero" ? new Uint8Array(4096) : randomBytes(4096);
      },
    };
  }
  let done = false;
  return {
    async read() {
      if (done) return undefined;
      done = true;
      const path = pathIn(ctx, operand);
      if ((await ctx.files.stat(path)).type === "directory") throw new FileError("EISDIR", operand);
      const bytes = await ctx.files.readFile(path);
      return bytes.length ? bytes : undefined;
    },
  };
}

export const cat: Program = async (ctx) => {
  let args: ReturnType<typeof readArguments>;
  try {
    args = readArguments(ctx.argv, "AbeEnstTuv", {
      "show-all": "A",
      "number-nonblank": "b",
      "show-ends": "E",
      number: "n",
      "squeeze-blank": "s",
      "show-tabs": "T",
      "show-nonprinting": "v",
    });
  } catch (error) {
    return refuseUsage(ctx, error);
  }
  const { flags } = args;
  const plain = flags.size === 0 || (flags.size === 1 && flags.has("u"));
  const show = lineShower(flags);
  let status = 0;
  for (const operand of args.operands.length ? args.operands : ["-"]) {
    const input = openInput(ctx, operand);
    const output = outputOf(ctx);
    try {
      for (let bytes = await input.read(); bytes; bytes = await input.read()) {
        await output.write(plain ? bytes : show(bytes));
        await ctx.breathe();
      }
    } catch (error) {
      await complain(ctx, `${output.refused ? "write error" : operand}: ${reasonOf(error)}`);
      status = 1;
      if (operand === "-" && !output.refused && error instanceof FileError && error.code === "EBADF")
        await complain(ctx, "closing standard input: Bad file descriptor");
    }
  }
  return status;
};

function lineShower(flags: ReadonlyMap<string, string>): (bytes: Uint8Array) => string {
  const all = flags.has("A");
  const ends = all || flags.has("E") || flags.has("e");
  const tabs = all || flags.has("T") || flags.has("t");
  const controls = all || flags.has("v") || flags.has("e") || flags.has("t");
  let number = 0;
  let atStart = true;
  let blankBefore = false;
  return (bytes) => {
    let out = "";
    for (const char of Buffer.from(bytes).toString(controls ? "latin1" : "utf8")) {
      if (atStart) {
        const blank = char === "\n";
        if (flags.has("s") && blank && blankBefore) continue;
        blankBefore = blank;
        if (flags.has("b") ? !blank : flags.has("n")) out += `${String(++number).padStart(6)}\t`;
        atStart = false;
      }
      if (char === "\n") {
        out += ends ? "$\n" : "\n";
        atStart = true;
      } else if (char === "\t") out += tabs ? "^I" : "\t";
      else out += controls ? shownByte(char.charCodeAt(0)) : char;
    }
    return out;
  };
}

/** `^A`, `M-a`: a byte that is no plain character. */
function shownByte(byte: number): string {
  if (byte >= 128) return `M-${shownByte(byte - 128)}`;
  return byte === 127 ? "^?" : byte < 32 ? `^${String.fromCharCode(byte + 64)}` : String.fromCharCode(byte);
}

/** Standard output, and whether it was what refused when something did. */
export interface Output {
  refused: boolean;
  write(bytes: string | Uint8Array): Promise<void>;
}

export function outputOf(ctx: ProgramContext): Output {
  const output: Output = {
    refused: false,
    async write(bytes) {
      try {
        await ctx.stdout.write(bytes);
      } catch (error) {
        output.refused = true;
        throw error;
      }
    },
  };
  return output;
}

/** What a program keeps of its input at most, bytes. */
export const INPUT_BYTES_MAX = 32 << 20;

/** All of an input. @throws FileError when it is more than a simulated program keeps */
export async function collect(
  ctx: ProgramContext,
  input: ByteReader,
  first?: Uint8Array,
  most = INPUT_BYTES_MAX,
): Promise<Buffer> {
  const chunks: Uint8Array[] = first ? [first] : [];
  let size = first?.length ?? 0;
  for (let bytes = await input.read(); bytes; bytes = await input.read()) {
    ctx.hold(bytes.length);
    chunks.push(bytes);
    size += bytes.length;
    if (size > most) throw new FileError("EFBIG", "standard input");
    await ctx.breathe();
  }
  return Buffer.concat(chunks);
}

/** `5`, `-5`, `2K`, `1M`. */
export function sizeOf(text: string): number | undefined {
  const match = /^([-+]?\d+)([bkKmMgG]?)(?:i?B)?$/.exec(text);
  if (!match) return undefined;
  const units: Record<string, number> = {
    "": 1,
    b: 512,
    k: 1024,
    K: 1024,
    m: 1 << 20,
    M: 1 << 20,
    g: 1 << 30,
    G: 1 << 30,
  };
  return Number(match[1]) * units[match[2]!]!;
}

export const tee: Program = async (ctx) => {
  let args: ReturnType<typeof readArguments>;
  try {
    args = readArguments(ctx.argv, "aip", { append: "a", "ignore-interrupts": "i" });
  } catch (error) {
    return refuseUsage(ctx, error);
  }
  if (args.flags.has("i")) ctx.onSignal("SIGINT", () => {});
  let status = 0;
  const open: string[] = [];
  for (const operand of args.operands) {
    try {
      await ctx.files.writeFile(pathIn(ctx, operand), new Uint8Array(0), { append: args.flags.has("a") });
      open.push(operand);
    } catch (error) {
      await complain(ctx, `${operand}: ${reasonOf(error)}`);
      status = 1;
    }
  }
  for (let bytes = await ctx.stdin.read(); bytes; bytes = await ctx.stdin.read()) {
    await ctx.stdout.write(bytes);
    for (const operand of open) {
      try {
        await ctx.files.writeFile(pathIn(ctx, operand), bytes, { append: true });
      } catch (error) {
        await complain(ctx, `${operand}: ${reasonOf(error)}`);
        status = 1;
      }
    }
  }
  return status;
};

export const yes: Program = async (ctx) => {
  const line = `${ctx.argv.slice(1).join(" ") || "y"}\n`;
  const block = Buffer.from(line.repeat(Math.max(1, Math.floor(4096 / line.length))));
  for (;;) {
    await ctx.stdout.write(block);
    await ctx.breathe();
  }
};

export const sleep: Program = async (ctx) => {
  const units: Record<string, number> = { "": 1, s: 1, m: 60, h: 3600, d: 86_400 };
  const words = ctx.argv.slice(1);
  if (words.length === 0) {
    await complain(ctx, "missing operand");
    await ctx.stderr.write("Try 'sleep --help' for more information.\n");
    return 1;
  }
  let seconds = 0;
  for (const word of words) {
    const match = /^(\d*\.?\d+|\d+\.)([smhd]?)$/.exec(word);
    if (word === "infinity") seconds = Number.POSITIVE_INFINITY;
    else if (!match) {
      await complain(ctx, `invalid time interval ‘${word}’`);
      await ctx.stderr.write("Try 'sleep --help' for more information.\n");
      return 1;
    } else seconds += Number(match[1]) * units[match[2]!]!;
  }
  await ctx.lab.sleep(Math.min(seconds, 10 * 365 * 86_400) * 1000, ctx.signal);
  return 0;
};
