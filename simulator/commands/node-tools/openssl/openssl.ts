/** `openssl`: certificates, keys and connections of a node, with Node's own crypto. What is not here says so. */
import type { Program, ProgramContext } from "../../../shell/process.ts";
import { genrsa, key } from "./keys.ts";
import { sClient } from "./s-client.ts";
import { base64, dgst, isDigest, passwd, rand } from "./small-jobs.ts";
import { BadWord } from "./words.ts";
import { verify, x509 } from "./x509.ts";

const JOBS: Record<string, (ctx: ProgramContext, args: string[]) => Promise<number>> = {
  base64,
  dgst: (ctx, args) => dgst(ctx, args),
  ec: (ctx, args) => key(ctx, "ec", args),
  genrsa,
  passwd,
  pkey: (ctx, args) => key(ctx, "pkey", args),
  rand,
  rsa: (ctx, args) => key(ctx, "rsa", args),
  s_client: sClient,
  verify,
  x509,
};

/** Commands of OpenSSL 3.0 that a simulated node has no model of. */
const OTHERS = new Set(
  "asn1parse ca ciphers cmp cms crl crl2pkcs7 dhparam dsa dsaparam ecparam enc engine errstr fipsinstall gendsa genpkey help info kdf list mac nseq ocsp pkcs12 pkcs7 pkcs8 pkeyparam pkeyutl prime rehash req rsautl s_server s_time sess_id smime speed spkac srp storeutl ts".split(
    " ",
  ),
);

export const openssl: Program = async (ctx) => {
  const [, command, ...words] = ctx.argv;
  if (command === "version") {
    await ctx.stdout.write("OpenSSL 3.0.17 1 Jul 2025 (Library: OpenSSL 3.0.17 1 Jul 2025)\n");
    return 0;
  }
  try {
    if (command !== undefined && isDigest(command)) return await dgst(ctx, words, command);
    const job = command !== undefined && Object.hasOwn(JOBS, command) ? JOBS[command] : undefined;
    if (job) return await job(ctx, words);
  } catch (error) {
    if (!(error instanceof BadWord)) throw error;
    await ctx.stderr.write(error.message);
    return 1;
  }
  await ctx.stderr.write(
    command === undefined || OTHERS.has(command)
      ? `openssl: '${command ?? ""}' is not modelled in this simulated node yet (${Object.keys(JOBS).join(", ")} and version are)\n`
      : `Invalid command '${command}'; type "help" for a list.\n`,
  );
  return 1;
};
