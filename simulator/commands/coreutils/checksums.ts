/** `md5sum`, `sha1sum`, `sha256sum`, `sha512sum` and `base64`. */
import { createHash } from "node:crypto";
import type { Program } from "../../shell/process.ts";
import { type Arguments, complain, readArguments, reasonOf, refuseUsage } from "./arguments.ts";
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
        tag: "tag",
        "ignore-missing": "ignore-missing",
        warn: "w",
        strict: "strict",
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
          const digest = await digestOf(operand);
          await ctx.stdout.write(
            args.flags.has("tag")
              ? `${algorithm.toUpperCase()} (${operand}) = ${digest}\n`
              : `${digest} ${args.flags.has("b") ? "*" : " "}${operand}\n`,
          );
          continue;
        }
        const lines = (await collect(ctx, openInput(ctx, operand))).toString("utf8").split("\n").filter(Boolean);
        let [wrong, missing, known] = [0, 0, 0];
        for (const line of lines) {
          const [, expected, name] = /^([0-9a-f]+) [ *](.*)$/.exec(line) ?? [];
          if (!expected || !name) continue;
          known++;
          const found = await digestOf(name).catch(async (error: unknown) => {
            if (!args.flags.has("ignore-missing")) await complain(ctx, `${name}: ${reasonOf(error)}`);
            return undefined;
          });
          if (found === undefined && args.flags.has("ignore-missing")) continue;
          if (found === undefined) missing++;
          else if (found !== expected) wrong++;
          if (found !== expected) status = 1;
          const isToldOf = !args.flags.has("status") && !(args.flags.has("quiet") && found === expected);
          const verdict = found === undefined ? "FAILED open or read" : found === expected ? "OK" : "FAILED";
          if (isToldOf) await ctx.stdout.write(`${name}: ${verdict}\n`);
        }
        if (known === 0) {
          await complain(ctx, `${operand}: no properly formatted checksum lines found`);
          status = 1;
        }
        if (args.flags.has("status")) continue;
        if (missing > 0)
          await complain(ctx, `WARNING: ${missing} listed file${missing === 1 ? "" : "s"} could not be read`);
        if (wrong > 0)
          await complain(ctx, `WARNING: ${wrong} computed checksum${wrong === 1 ? "" : "s"} did NOT match`);
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
