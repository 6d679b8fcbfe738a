/** `ssh-keygen -R|-F HOST` on known_hosts, `-l` for a node's key. Making keys is not modelled. Texts of OpenSSH 9.2. */
import type { Program, ProgramContext } from "../../shell/process.ts";
import { type Arguments, pathIn, readArguments, refuseUsage } from "../coreutils/arguments.ts";
import { hostKeyOf, KNOWN_HOSTS, lineNames } from "../ssh/ssh-client.ts";

export const sshKeygen: Program = async (ctx) => {
  let args: Arguments;
  try {
    args = readArguments(ctx.argv, "R:F:f:lvqE:t:N:b:C:", {});
  } catch (error) {
    return refuseUsage(ctx, error, 255);
  }
  const { flags } = args;
  const file = flags.get("f");
  const removed = flags.get("R");
  const sought = flags.get("F");
  if (flags.has("l")) return fingerprint(ctx, file);
  if (removed !== undefined) return remove(ctx, removed, file ?? KNOWN_HOSTS);
  if (sought !== undefined) return find(ctx, sought, file ?? KNOWN_HOSTS);
  await ctx.stderr.write("ssh-keygen: making keys is not modelled in this simulated node; -R, -F and -l are\n");
  return 1;
};

async function linesOf(ctx: ProgramContext, file: string): Promise<string[] | undefined> {
  const bytes = await ctx.files.readFile(pathIn(ctx, file)).catch(() => undefined);
  return bytes && Buffer.from(bytes).toString("utf8").split("\n").slice(0, -1);
}

const names = (line: string, host: string) => !line.startsWith("#") && lineNames(line.split(/\s+/)[0]!, host);

async function remove(ctx: ProgramContext, host: string, file: string): Promise<number> {
  const lines = await linesOf(ctx, file);
  if (!lines) {
    await ctx.stderr.write(`Cannot stat ${file}: No such file or directory\n`);
    return 255;
  }
  const hits = lines.flatMap((line, index) => (names(line, host) ? [index + 1] : []));
  if (hits.length === 0) {
    await ctx.stderr.write(`Host ${host} not found in ${file}\n`);
    return 255;
  }
  const text = (kept: string[]) => new TextEncoder().encode(kept.map((line) => `${line}\n`).join(""));
  await ctx.files.writeFile(pathIn(ctx, `${file}.old`), text(lines));
  await ctx.files.writeFile(pathIn(ctx, file), text(lines.filter((_, index) => !hits.includes(index + 1))));
  const found = hits.map((line) => `# Host ${host} found: line ${line}\n`).join("");
  await ctx.stdout.write(`${found}${file} updated.\nOriginal contents retained as ${file}.old\n`);
  return 0;
}

async function find(ctx: ProgramContext, host: string, file: string): Promise<number> {
  const lines = (await linesOf(ctx, file)) ?? [];
  const hits = lines.flatMap((line, index) =>
    names(line, host) ? [`# Host ${host} found: line ${index + 1} \n${line}\n`] : [],
  );
  await ctx.stdout.write(hits.join(""));
  return hits.length > 0 ? 0 : 1;
}

async function fingerprint(ctx: ProgramContext, file: string | undefined): Promise<number> {
  if (file === undefined || !/ssh_host_ed25519_key(?:\.pub)?$/.test(file)) {
    await ctx.stderr.write(`${file ?? "/root/.ssh/id_rsa"} is not a public key file.\n`);
    return 255;
  }
  const { fingerprint: text } = ctx.lab.read((lab) => hostKeyOf(lab, ctx.node));
  await ctx.stdout.write(`256 ${text} root@${ctx.node} (ED25519)\n`);
  return 0;
}
