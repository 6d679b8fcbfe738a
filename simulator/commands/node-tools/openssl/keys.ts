/** `openssl pkey`, `rsa`, `ec` and `genrsa`: keys of files. @source OpenSSL 3.0's output */
import { createPrivateKey, createPublicKey, generateKeyPair, type JsonWebKey, type KeyObject } from "node:crypto";
import { promisify } from "node:util";
import type { ProgramContext } from "../../../shell/process.ts";
import { notModelled } from "../../printed.ts";
import { readInput, readWords, writeOutput } from "./words.ts";

const KNOWN =
  "in: out: inform: outform: passin: passout: pubin pubout text noout check pubcheck modulus traditional text_pub aes256 aes128 des3";

export async function key(ctx: ProgramContext, command: "pkey" | "rsa" | "ec", args: string[]): Promise<number> {
  const words = readWords(command, args, KNOWN);
  const fail = async (text: string) => {
    await ctx.stderr.write(text);
    return 1;
  };
  const strange = ["inform", "outform", "passin", "passout", "aes256", "aes128", "des3"].find((one) => {
    const value = words.value(one);
    return value !== undefined && value.toUpperCase() !== "PEM";
  });
  if (strange !== undefined) return fail(notModelled(`openssl ${command}`, `-${strange}`));
  const isPublic = words.has("pubin");
  if (command === "ec") await ctx.stderr.write("read EC key\n");
  const path = words.value("in");
  const bytes = await readInput(ctx, path, isPublic ? "public key" : "private key");
  if (!bytes) return 1;
  const found = keyIn(bytes.toString("utf8"), isPublic);
  if (!found) return fail(`Could not read ${isPublic ? "public" : "private"} key from ${path ?? "<stdin>"}\n`);
  const type = found.asymmetricKeyType ?? "";
  if (command === "rsa" && type !== "rsa") return fail("Not an RSA key\n");
  if (command === "ec" && type !== "ec") return fail("Not an EC key\n");
  let out = words.has("text") ? keyText(found) : "";
  if (words.has("modulus") && command === "rsa") {
    const { n } = found.export({ format: "jwk" });
    out += `Modulus=${Buffer.from(n ?? "", "base64url")
      .toString("hex")
      .toUpperCase()}\n`;
  }
  // A key that Node has read is consistent: it refuses others.
  if (words.has("check")) out += command === "rsa" ? "RSA key ok\n" : command === "pkey" ? "Key is valid\n" : "";
  if (command === "ec" && words.has("check")) await ctx.stderr.write("EC Key valid.\n");
  if (!words.has("noout")) {
    if (command !== "pkey") await ctx.stderr.write(`writing ${command.toUpperCase()} key\n`);
    const shown = words.has("pubout") || isPublic ? createPublicKeyOf(found) : found;
    out += pemOf(shown, command, words.has("traditional"));
  }
  await writeOutput(ctx, words.value("out"), out, 0o600);
  return 0;
}

const createPublicKeyOf = (found: KeyObject) =>
  found.type === "public"
    ? found
    : createPublicKey({ key: found.export({ format: "jwk" }) as JsonWebKey, format: "jwk" });

function keyIn(text: string, isPublic: boolean): KeyObject | undefined {
  try {
    return isPublic ? createPublicKey(text) : createPrivateKey(text);
  } catch {
    return undefined;
  }
}

function pemOf(shown: KeyObject, command: string, traditional: boolean): string {
  if (shown.type === "public") return shown.export({ type: "spki", format: "pem" }) as string;
  const kind = shown.asymmetricKeyType;
  if (kind === "ec" && (command === "ec" || traditional))
    return shown.export({ type: "sec1", format: "pem" }) as string;
  if (kind === "rsa" && traditional) return shown.export({ type: "pkcs1", format: "pem" }) as string;
  return shown.export({ type: "pkcs8", format: "pem" }) as string;
}

const NIST: Record<string, [string, number]> = {
  "P-256": ["prime256v1", 256],
  "P-384": ["secp384r1", 384],
  "P-521": ["secp521r1", 521],
};

/** As `-text` prints it. */
export function keyText(found: KeyObject): string {
  const jwk = found.export({ format: "jwk" });
  const isPublic = found.type === "public";
  const bytes = (value: string | undefined) => Buffer.from(value ?? "", "base64url");
  if (jwk.kty === "EC") {
    const [name, bits] = NIST[jwk.crv ?? ""] ?? [jwk.crv ?? "", 0];
    const point = Buffer.concat([Buffer.from([4]), bytes(jwk.x), bytes(jwk.y)]);
    const head = isPublic ? `Public-Key: (${bits} bit)\n` : `Private-Key: (${bits} bit)\npriv:\n${rows(bytes(jwk.d))}`;
    return `${head}pub:\n${rows(point)}ASN1 OID: ${name}\nNIST CURVE: ${jwk.crv}\n`;
  }
  if (jwk.kty === "RSA") {
    const n = bytes(jwk.n);
    const e = Number(`0x${bytes(jwk.e).toString("hex")}`);
    const exponent = `${e} (0x${e.toString(16)})\n`;
    if (isPublic) return `Public-Key: (${n.length * 8} bit)\nModulus:\n${rows(signed(n))}Exponent: ${exponent}`;
    const parts: [string, string | undefined][] = [
      ["privateExponent", jwk.d],
      ["prime1", jwk.p],
      ["prime2", jwk.q],
      ["exponent1", jwk.dp],
      ["exponent2", jwk.dq],
      ["coefficient", jwk.qi],
    ];
    const rest = parts.map(([name, value]) => `${name}:\n${rows(signed(bytes(value)))}`).join("");
    return `Private-Key: (${n.length * 8} bit, 2 primes)\nmodulus:\n${rows(signed(n))}publicExponent: ${exponent}${rest}`;
  }
  const kind = (jwk.crv ?? "").toUpperCase();
  const secret = isPublic ? `${kind} Public-Key:\n` : `${kind} Private-Key:\npriv:\n${rows(bytes(jwk.d))}`;
  return `${secret}pub:\n${rows(bytes(jwk.x))}`;
}

const signed = (value: Buffer) => (value[0]! >= 0x80 ? Buffer.concat([Buffer.from([0]), value]) : value);

/** Fifteen bytes a line. */
function rows(value: Buffer): string {
  const hex = [...value].map((byte) => byte.toString(16).padStart(2, "0"));
  let text = "";
  for (let at = 0; at < hex.length; at += 15) {
    const isLast = at + 15 >= hex.length;
    text += `    ${hex.slice(at, at + 15).join(":")}${isLast ? "" : ":"}\n`;
  }
  return text;
}

const BITS_MAX = 8_192;

export async function genrsa(ctx: ProgramContext, args: string[]): Promise<number> {
  const words = readWords("genrsa", args, "out: traditional verbose");
  const bits = Number(words.operands[0] ?? 2048);
  if (!Number.isInteger(bits) || bits < 512 || bits > BITS_MAX) {
    await ctx.stderr.write(
      bits > BITS_MAX ? notModelled("openssl genrsa", String(bits)) : "genrsa: Error generating RSA key\n",
    );
    return 1;
  }
  const { privateKey } = await promisify(generateKeyPair)("rsa", { modulusLength: bits });
  await writeOutput(ctx, words.value("out"), pemOf(privateKey, "rsa", words.has("traditional")), 0o600);
  return 0;
}
