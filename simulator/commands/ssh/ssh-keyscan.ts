/** ssh-keyscan: the host keys that machines show. @source ssh-keyscan(1) of OpenSSH 9.2, held against its output */
import { kindOf } from "../../keys/openssh-key.ts";
import { reachSsh } from "../../node-view/ssh-reach.ts";
import { SSH_SOFTWARE } from "../../node-view/ssh-version.ts";
import type { Program } from "../../shell/process.ts";
import { pathIn, textOf } from "../coreutils/arguments.ts";
import { BadOption, getopt } from "../getopt.ts";
import { notModelled } from "../printed.ts";
import { hashedName, hostName } from "./known-hosts-file.ts";
import { serverKeys } from "./server-keys.ts";

const USAGE = `usage: ssh-keyscan [-46cDHv] [-f file] [-p port] [-T timeout] [-t type]
\t\t   [host | addrlist namelist]
`;
/** Asked for one after another; the keys on a token are asked for, too. */
const ALL = ["rsa", "ecdsa", "ed25519", "ecdsa-sk", "ed25519-sk"];
const TIMEOUT_MS = 5_000;

export const sshKeyscan: Program = async (ctx) => {
  const words: string[] = [];
  let types = ALL;
  let port = 22;
  let hash = false;
  let timeoutMs = TIMEOUT_MS;
  try {
    for (const { option, value } of getopt("ssh-keyscan", ctx.argv.slice(1), "46cDHvf:p:T:t:O:", {}, words)) {
      if (option === "H") hash = true;
      else if (option === "p") port = Number(value);
      else if (option === "T") timeoutMs = Number(value) * 1_000 || TIMEOUT_MS;
      else if (option === "t") types = value.split(",");
      else if (option === "f") {
        const text = await textOf(ctx, pathIn(ctx, value));
        words.push(
          ...text
            .split("\n")
            .flatMap((line) => line.replace(/#.*/, "").trim().split(/\s+/).slice(-1))
            .filter(Boolean),
        );
      } else if (option === "c" || option === "D" || option === "O") {
        await ctx.stderr.write(notModelled("ssh-keyscan", `-${option}`));
        return 1;
      }
    }
  } catch (error) {
    if (!(error instanceof BadOption)) throw error;
    await ctx.stderr.write(
      `${error.message.replace(/^ssh-keyscan: invalid option -- '(.)'$/, "unknown option -- $1")}\n${USAGE}`,
    );
    return 1;
  }
  const strange = types.find((type) => !ALL.includes(type) && type !== "dsa");
  if (strange !== undefined) {
    await ctx.stderr.write(`Unknown key type "${strange}"\n`);
    return 1;
  }
  if (words.length === 0) {
    await ctx.stderr.write(USAGE);
    return 1;
  }
  let found = 0;
  for (const host of words.flatMap((word) => word.split(","))) {
    const reach = ctx.lab.read((lab) => reachSsh(lab, ctx.node, host.toLowerCase()));
    if (reach.state === "unknown-host") {
      await ctx.stderr.write(`getaddrinfo ${host}: Name or service not known\n`.repeat(types.length));
      continue;
    }
    if (reach.state === "closed") {
      await ctx.lab.sleep(Math.min(reach.afterMs, timeoutMs), ctx.signal);
      if (reach.reason !== "Connection refused" && reach.afterMs < timeoutMs) {
        await ctx.stderr.write(`${host}: ${reach.reason}\n`.repeat(types.length));
      }
      continue;
    }
    if (port !== 22) continue;
    await ctx.lab.sleep(30, ctx.signal);
    const keys = await serverKeys(ctx.lab, reach);
    for (const type of types) {
      await ctx.stderr.write(`# ${host}:${port} SSH-2.0-${SSH_SOFTWARE}\n`);
      const key = keys.find((one) => kindOf(one.type).toLowerCase() === type);
      if (!key) continue;
      found++;
      const name = hostName(host, port);
      await ctx.stdout.write(`${hash ? hashedName(name) : name} ${key.type} ${key.blob.toString("base64")}\n`);
    }
  }
  return found > 0 ? 0 : 1;
};
