/** `md5sum`, `sha256sum`, `b2sum` and their kin, `sum`, `cksum`, `base32` and `base64`. */
import { createHash } from "node:crypto";
import type { Program } from "../../shell/process.ts";
import { type Arguments, complain, readArguments, reasonOf, refuseUsage } from "./arguments.ts";
import { collect, openInput } from "./streams.ts";

export function checksum(
  algorithm: "md5" | "sha1" | "sha224" | "sha256" | "sha384" | "sha512" | "blake2b512",
): Program {
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
              ? `${algorithm === "blake2b512" ? "BLAKE2b" : algorithm.toUpperCase()} (${operand}) = ${digest}\n`
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

/** Characters that are cut into lines at a stretch. */
const ENCODED_AT_A_STRETCH = 1 << 16;

/** What `base64` and `base32` share. `decode` answers the bytes of what is good, and whether all of it was. */
function encoding(
  encode: (bytes: Buffer) => string,
  decode: (text: string, ignoreGarbage: boolean) => { bytes: Uint8Array; whole: boolean },
): Program {
  return async (ctx) => {
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
      const decoded = decode(bytes.toString("latin1"), args.flags.has("i"));
      await ctx.stdout.write(decoded.bytes);
      if (decoded.whole) return 0;
      await complain(ctx, "invalid input");
      return 1;
    }
    const width = Number(args.flags.get("w") ?? 76);
    const text = encode(bytes);
    if (!(width > 0)) {
      await ctx.stdout.write(text);
      return 0;
    }
    const line = new RegExp(`.{1,${width}}`, "g");
    const stretch = width * Math.ceil(ENCODED_AT_A_STRETCH / width);
    for (let at = 0; at < text.length; at += stretch) {
      await ctx.stdout.write(text.slice(at, at + stretch).replace(line, "$&\n"));
      await ctx.breathe();
    }
    return 0;
  };
}

export const base64 = encoding(
  (bytes) => bytes.toString("base64"),
  (given, ignoreGarbage) => {
    // Newlines may stand anywhere; anything else ends the work, unless it is to be left out.
    const text = given.replace(ignoreGarbage ? /[^A-Za-z0-9+/=]/g : /\n/g, "");
    const letters = /[^A-Za-z0-9+/]/.exec(text)?.index ?? text.length;
    const quarters = letters - (letters % 4);
    const isPadded = /^(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)/.test(text.slice(quarters, quarters + 4));
    const good = text.slice(0, isPadded ? quarters + 4 : quarters);
    const rest = /^[A-Za-z0-9+/]{2,3}/.exec(text.slice(good.length))?.[0] ?? "";
    const bytes = Buffer.concat([Buffer.from(good, "base64"), Buffer.from(rest, "base64")]);
    return { bytes, whole: good.length === text.length };
  },
);

const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

export const base32 = encoding(
  (bytes) => {
    let text = "";
    for (let at = 0; at < bytes.length; at += 5) {
      const group = bytes.subarray(at, at + 5);
      const whole = [0, 1, 2, 3, 4].reduce((sum, place) => sum * 256 + (group[place] ?? 0), 0);
      const letters = [7, 6, 5, 4, 3, 2, 1, 0].map((place) => BASE32[Math.floor(whole / 32 ** place) % 32]).join("");
      text += letters.slice(0, Math.ceil((group.length * 8) / 5)).padEnd(8, "=");
    }
    return text;
  },
  (given, ignoreGarbage) => {
    const text = given.replace(ignoreGarbage ? /[^A-Z2-7=]/g : /\n/g, "");
    const letters = /^(?:[A-Z2-7]{8})*(?:[A-Z2-7]+(?==+$))?/.exec(text)![0];
    const out: number[] = [];
    let [held, bits] = [0, 0];
    for (const letter of letters) {
      held = (held << 5) | BASE32.indexOf(letter);
      bits += 5;
      if (bits >= 8) {
        bits -= 8;
        out.push((held >> bits) & 0xff);
      }
      held &= 0xfff;
    }
    return { bytes: Uint8Array.from(out), whole: text.length % 8 === 0 && /^[A-Z2-7]*={0,6}$/.test(text) };
  },
);

/** `sum`: BSD's rotating checksum and blocks of 1 KiB, or with `-s` System V's and blocks of 512 bytes. */
export const sum: Program = async (ctx) => {
  let args: Arguments;
  try {
    args = readArguments(ctx.argv, "rs", { sysv: "s" });
  } catch (error) {
    return refuseUsage(ctx, error);
  }
  const { flags, operands } = args;
  const systemFive = flags.has("s");
  let status = 0;
  for (const operand of operands.length ? operands : ["-"]) {
    let [value, size] = [0, 0];
    try {
      const input = openInput(ctx, operand);
      for (let bytes = await input.read(); bytes; bytes = await input.read()) {
        for (const byte of bytes)
          value = systemFive ? (value + byte) % 0x1_0000_0000 : (((value >> 1) | ((value & 1) << 15)) + byte) & 0xffff;
        size += bytes.length;
        await ctx.breathe();
      }
    } catch (error) {
      await complain(ctx, `${operand}: ${reasonOf(error)}`);
      status = 1;
      continue;
    }
    if (systemFive) {
      const half = (value & 0xffff) + Math.floor(value / 0x1_0000);
      await ctx.stdout.write(
        `${(half & 0xffff) + (half >> 16)} ${Math.ceil(size / 512)}${operands.length ? ` ${operand}` : ""}\n`,
      );
    } else {
      // The name is shown of several files alone.
      const name = operands.length > 1 ? ` ${operand}` : "";
      await ctx.stdout.write(
        `${String(value).padStart(5, "0")} ${String(Math.ceil(size / 1024)).padStart(5)}${name}\n`,
      );
    }
  }
  return status;
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
