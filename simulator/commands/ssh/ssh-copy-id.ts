/** ssh-copy-id, a script of OpenSSH's: which of one's keys let one in already, and the others added. @source its text, 9.2 */
import { readPublicLine } from "../../keys/openssh-key.ts";
import { FileError } from "../../shell/node-files.ts";
import type { Program, ProgramContext } from "../../shell/process.ts";
import { pathIn, reasonOf, textOf } from "../coreutils/arguments.ts";
import { BadOption, getopt } from "../getopt.ts";
import { notModelled } from "../printed.ts";
import { BadConfig, takeOption } from "./client-config.ts";
import { filesAt, homeAt } from "./remote-files.ts";
import { emptyOptions, parseDestination, type SshOptions } from "./ssh-arguments.ts";
import { connectSsh } from "./ssh-client.ts";

const SELF = "/usr/bin/ssh-copy-id";
const USAGE = `Usage: ${SELF} [-h|-?|-f|-n|-s] [-i [identity_file]] [-p port] [-F alternative ssh_config file] [[-o <ssh -o options>] ...] [user@]hostname
\t-f: force mode -- copy keys without trying to check if they are already installed
\t-n: dry run    -- no keys are actually copied
\t-s: use sftp   -- use sftp instead of executing remote-commands. Can be useful if the remote only allows sftp
\t-h|-?: print this help
`;

interface Copying {
  ctx: ProgramContext;
  options: SshOptions;
  destination: string;
  /** Options as they were typed, for the advice at the end. */
  shown: string[];
}

export const sshCopyId: Program = async (ctx) => {
  const options = emptyOptions();
  const words: string[] = [];
  const shown: string[] = [];
  const flags = new Set<string>();
  let identity: string | undefined;
  const usage = async (before = "") => {
    await ctx.stderr.write(before + USAGE);
    return 1;
  };
  try {
    for (const { option, value } of getopt("ssh-copy-id", ctx.argv.slice(1), "i:o:p:F:fnsh?", {}, words)) {
      if (option === "h" || option === "?") return usage();
      if (option === "i") identity = value;
      else if ("opF".includes(option)) shown.push(`-${option} '${value}'`);
      if (option === "o") takeOption(options.config, value);
      else if (option === "p") takeOption(options.config, `Port=${value}`);
      else if (option === "F") options.file = value;
      else flags.add(option);
    }
  } catch (error) {
    if (error instanceof BadOption) return usage();
    if (!(error instanceof BadConfig)) throw error;
    await ctx.stderr.write(`${error.message}\n`);
    return 255;
  }
  if (flags.has("s")) {
    await ctx.stderr.write(notModelled("ssh-copy-id", "-s"));
    return 1;
  }
  const [destination, ...more] = words;
  if (destination === undefined) return usage();
  if (more.length > 0) {
    return usage(
      `${SELF}: ERROR: Too many arguments.  Expecting a target hostname, got: ${ctx.argv.slice(1).join(" ")}\n\n`,
    );
  }
  const named = identity ?? (await newestKey(ctx));
  if (named === undefined) {
    await ctx.stderr.write(`${SELF}: ERROR: No identities found\n`);
    return 1;
  }
  const publicFile = named.endsWith(".pub") ? named : `${named}.pub`;
  const privateFile = flags.has("f") ? undefined : publicFile.replace(/\.pub$/, "");
  const wrong = await unreadable(ctx, publicFile, privateFile);
  if (wrong !== undefined) {
    await ctx.stdout.write(wrong);
    return 1;
  }
  await ctx.stderr.write(`${SELF}: INFO: Source of key(s) to be installed: "${publicFile}"\n`);
  const text = await textOf(ctx, pathIn(ctx, publicFile));
  const copying = { ctx, options, destination, shown };
  // The other side's version is asked for first: whoever does not know the host is asked here.
  await attempt(copying, { preferredauthentications: ["none"] });
  let keys = text.split("\n").filter((line) => line.trim() !== "");
  if (!flags.has("f")) {
    await ctx.stderr.write(
      `${SELF}: INFO: attempting to log in with the new key(s), to filter out any that are already installed\n`,
    );
    const tried = await filtered(copying, keys, privateFile!);
    if (!Array.isArray(tried)) {
      await ctx.stderr.write(`\n${SELF}: ${tried.error}\n\n`);
      return 1;
    }
    keys = tried;
    if (keys.length === 0) {
      await ctx.stderr.write(
        `\n${SELF}: WARNING: All keys were skipped because they already exist on the remote system.\n\t\t(if you think this is a mistake, you may want to use -f option)\n\n`,
      );
      return 0;
    }
    await ctx.stderr.write(
      `${SELF}: INFO: ${keys.length} key(s) remain to be installed -- if you are prompted now it is to install the new keys\n`,
    );
  }
  if (!flags.has("n") && !(await install(copying, keys))) return 1;
  const advice = [...shown, `'${destination}'`].join(" ");
  await ctx.stdout.write(
    flags.has("n")
      ? `=-=-=-=-=-=-=-=\nWould have added the following key(s):\n\n${keys.join("\n")}\n=-=-=-=-=-=-=-=\n`
      : `\nNumber of key(s) added: ${keys.length}\n\nNow try logging into the machine, with:   "ssh ${advice}"\nand check to make sure that only the key(s) you wanted were added.\n\n`,
  );
  return 0;
};

/** The newest `id*.pub` of the user's. */
async function newestKey(ctx: ProgramContext): Promise<string | undefined> {
  const folder = `${ctx.user.home}/.ssh`;
  const names = await ctx.files.readdir(folder).catch(() => []);
  const found = await Promise.all(
    names
      .filter((name) => /^id.*\.pub$/.test(name) && !name.endsWith("-cert.pub"))
      .map(async (name) => ({ name, mtimeMs: (await ctx.files.stat(`${folder}/${name}`)).mtimeMs })),
  );
  const [first] = found.sort((a, b) => b.mtimeMs - a.mtimeMs);
  return first && `${folder}/${first.name}`;
}

async function unreadable(
  ctx: ProgramContext,
  publicFile: string,
  privateFile: string | undefined,
): Promise<string | undefined> {
  for (const file of [publicFile, privateFile]) {
    if (file === undefined) continue;
    try {
      await ctx.files.stat(pathIn(ctx, file));
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      const hint =
        file === privateFile ? `\n\t(to install the contents of '${publicFile}' anyway, look at the -f option)` : "";
      // The shell's "No such file", as dash says it of what it reads from.
      const why = error.code === "ENOENT" ? "No such file" : reasonOf(error);
      return `\n${SELF}: ERROR: failed to open ID file '${file}': ${why}${hint}\n`;
    }
  }
  return undefined;
}

/** One connection whose messages are kept back. */
async function attempt(copying: Copying, settings: Record<string, string[]>, identity?: string) {
  const { ctx, options, destination } = copying;
  let said = "";
  const quiet: ProgramContext = {
    ...ctx,
    stderr: {
      write: async (bytes) => {
        said += typeof bytes === "string" ? bytes : Buffer.from(bytes).toString("utf8");
      },
    },
  };
  const config = new Map([...options.config, ...Object.entries(settings)]);
  const own = { ...options, config, identities: identity === undefined ? [] : [identity] };
  const connection = await connectSsh(quiet, parseDestination(destination, own), own);
  return { connection, said };
}

/** Keys that do not let one in yet. */
async function filtered(copying: Copying, keys: string[], identity: string): Promise<string[] | { error: string }> {
  const left: string[] = [];
  for (const key of keys) {
    const settings = { preferredauthentications: ["publickey"], identitiesonly: ["yes"] };
    const { connection, said } = await attempt(copying, settings, identity);
    if (connection) continue;
    if (!said.includes("Permission denied")) return { error: said.trimEnd().replace(/^/gm, "ERROR: ") };
    left.push(key);
  }
  return left;
}

/** Add lines at the end of the other side's authorized_keys. */
async function install(copying: Copying, keys: string[]): Promise<boolean> {
  const { ctx, options, destination } = copying;
  const own = { ...options, config: new Map(options.config) };
  const connection = await connectSsh(ctx, parseDestination(destination, own), own);
  if (!connection) return false;
  const files = filesAt(ctx, connection);
  const folder = `${homeAt(connection)}/.ssh`;
  const path = `${folder}/authorized_keys`;
  try {
    await files.mkdir(folder, 0o700).catch(() => undefined);
    const before = await textOf({ files } as ProgramContext, path);
    const lead = before === "" || before.endsWith("\n") ? "" : "\n";
    const lines = keys.filter((line) => readPublicLine(line) !== undefined || line !== "");
    const bytes = new TextEncoder().encode(`${lead}${lines.join("\n")}\n`);
    await files.writeFile(path, bytes, { append: true, mode: 0o600 });
    return true;
  } catch (error) {
    await ctx.stderr.write(`sh: 1: cannot create .ssh/authorized_keys: ${reasonOf(error)}\n`);
    return false;
  }
}
