/** `md5sum`, `sha1sum`, `sha256sum`, `sha512sum` and `base64`. */
import { createHash } from "node:crypto";
import type { Program } from "../../shell/process.ts";
import { type Arguments, complain, pathIn, readArguments, reasonOf, refuseUsage } from "./arguments.ts";
import { collect, openInput } from "./streams.ts";

export function checksum(algorithm: "md5" | "sha1" | "sha224" | "sha256" | "sha384" | "sha512"): Program {
  return async (ctx) => {
    let args: Arguments;
    try {
      args = readArguments(ctx.argv, "cbtqsw", {
        check: "c",
        binary: "b",
        text: "t",
        quiet: "quiet",
        status: "status",
      });
    } catch (error) {
      return refuseUsage(ctx, error);
    }
    let status = 0;
    const digestOf = async (operand: string) => {
      const hash = createHash(algorithm);
      const input = openInput(ctx, operand);
      for (let bytes = await input.read(); bytes; bytes = await input.read()) {
        hash.update(bytes);
        await ctx.breathe();
      }
      return hash.digest("hex");
    };
    for (const operand of args.operands.length ? args.operands : ["-"]) {
      try {
        if (!args.flags.has("c")) {
          await ctx.stdout.write(`${await digestOf(operand)}  ${operand}\n`);
          continue;
        }
        const lines = (await collect(ctx, openInput(ctx, operand))).toString("utf8").split("\n").filter(Boolean);
        for (const line of lines) {
          const [, expected, name] = /^([0-9a-f]+) [ *](.*)$/.exec(line) ?? [];
          if (!expected || !name) continue;
          const right = await ctx.files.stat(pathIn(ctx, name)).then(
            async () => (await digestOf(name)) === expected,
            () => false,
          );
          if (!right) status = 1;
          await ctx.stdout.write(`${name}: ${right ? "OK" : "FAILED"}\n`);
        }
      } catch (error) {
        await complain(ctx, `${operand}: ${reasonOf(error)}`);
        status = 1;
      }
    }
    return status;
  };
}

export const base64: Program = async (ctx) => {
  let args: Arguments;
  try {
    args = readArguments(ctx.argv, "diw:", { decode: "d", "ignore-garbage": "i", "wrap=": "w" });
  } catch (error) {
    return refuseUsage(ctx, error);
  }
  const operand = args.operands[0] ?? "-";
  let bytes: Buffer;
  try {
    bytes = await collect(ctx, openInput(ctx, operand));
  } catch (error) {
    await complain(ctx, `${operand}: ${reasonOf(error)}`);
    return 1;
  }
  if (args.flags.has("d")) {
    const text = bytes.toString("latin1").replace(/\s/g, "");
    await ctx.stdout.write(Buffer.from(text, "base64"));
    if (/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return 0;
    await complain(ctx, "invalid input");
    return 1;
  }
  const width = Number(args.flags.get("w") ?? 76);
  const text = bytes.toString("base64");
  await ctx.stdout.write(width > 0 ? text.replace(new RegExp(`.{1,${width}}`, "g"), "$&\n") : text);
  return 0;
};

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte << 24;
  for (let bit = 0; bit < 8; bit++) value = value & 0x80000000 ? (value << 1) ^ 0x04c11db7 : value << 1;
  return value >>> 0;
});

/** `cksum`: POSIX's CRC, and how many bytes. */
export const cksum: Program = async (ctx) => {
  let status = 0;
  const operands = ctx.argv.slice(1).filter((word) => word === "-" || !word.startsWith("-"));
  for (const operand of operands.length ? operands : ["-"]) {
    let [crc, size] = [0, 0];
    const add = (byte: number) => {
      crc = ((crc << 8) ^ CRC_TABLE[((crc >>> 24) ^ byte) & 255]!) >>> 0;
    };
    try {
      const input = openInput(ctx, operand);
      for (let bytes = await input.read(); bytes; bytes = await input.read()) {
        bytes.forEach(add);
        size += bytes.length;
        await ctx.breathe();
      }
      for (let rest = size; rest > 0; rest = Math.floor(rest / 256)) add(rest & 255);
      await ctx.stdout.write(`${~crc >>> 0} ${size}${operands.length > 0 ? ` ${operand}` : ""}\n`);
    } catch (error) {
      await complain(ctx, `${operand}: ${reasonOf(error)}`);
      status = 1;
    }
  }
  return status;
};
