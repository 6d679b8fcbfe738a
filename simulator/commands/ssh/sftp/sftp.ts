/** The sftp client between the nodes of a lab. @source sftp(1), sftp.c of OpenSSH 9.2, held against its output */
import { FileError } from "../../../shell/node-files.ts";
import type { ProgramContext } from "../../../shell/process.ts";
import { textOf } from "../../coreutils/arguments.ts";
import { InputLines } from "../../pvecm/prompt.ts";
import { BadConfig, takeOption } from "../client-config.ts";
import { filesAt, homeAt, joinPath } from "../remote-files.ts";
import { emptyOptions, parseDestination } from "../ssh-arguments.ts";
import { connectSsh } from "../ssh-client.ts";
import { COMMANDS, type SftpSession } from "./sftp-commands.ts";
import { fetchFiles } from "./sftp-transfer.ts";
import { splitWords } from "./sftp-words.ts";

const USAGE = `usage: sftp [-46AaCfNpqrv] [-B buffer_size] [-b batchfile] [-c cipher]
          [-D sftp_server_command] [-F ssh_config] [-i identity_file]
          [-J destination] [-l limit] [-o ssh_option] [-P port]
          [-R num_requests] [-S program] [-s subsystem | sftp_server]
          [-X sftp_option] destination
`;

export async function sftp(ctx: ProgramContext): Promise<number> {
  const options = emptyOptions();
  const words: string[] = [];
  const flags = new Set<string>();
  let batch: string | undefined;
  const args = ctx.argv.slice(1);
  try {
    for (let at = 0; at < args.length; at++) {
      const arg = args[at]!;
      if (!arg.startsWith("-") || arg === "-") {
        words.push(arg);
        continue;
      }
      for (let letter = 1; letter < arg.length; letter++) {
        const option = arg[letter]!;
        if (!"BbcDFiJloPRSsX".includes(option)) {
          if (!"46AaCfNpqrvT".includes(option)) {
            await ctx.stderr.write(`sftp: unknown option -- ${option}\n${USAGE}`);
            return 1;
          }
          flags.add(option);
          if (option === "v") options.verbose += 1;
          continue;
        }
        const value = arg.slice(letter + 1) || args[++at];
        if (value === undefined) {
          await ctx.stderr.write(`sftp: option requires an argument -- ${option}\n${USAGE}`);
          return 1;
        }
        if (option === "b") batch = value;
        else if (option === "o") takeOption(options.config, value);
        else if (option === "P") takeOption(options.config, `Port=${value}`);
        else if (option === "J") takeOption(options.config, `ProxyJump=${value}`);
        else if (option === "i") options.identities.push(value);
        else if (option === "F") options.file = value;
        break;
      }
    }
    if (batch !== undefined) takeOption(options.config, "BatchMode=yes");
  } catch (error) {
    if (!(error instanceof BadConfig)) throw error;
    await ctx.stderr.write(`${error.message}\n`);
    return 255;
  }
  const [destination, target] = words;
  if (destination === undefined || words.length > 2) {
    await ctx.stderr.write(USAGE);
    return 1;
  }
  const given = batch === undefined || batch === "-" ? undefined : await batchLines(ctx, batch);
  if (batch !== undefined && batch !== "-" && given === undefined) {
    await ctx.stderr.write(`${batch}: No such file or directory (${batch}).\n`);
    return 1;
  }
  const [host, path] = placeOf(destination);
  const connection = await connectSsh(ctx, parseDestination(host, options), options);
  if (!connection) {
    await ctx.stderr.write("Connection closed\n");
    return 255;
  }
  const session: SftpSession = {
    ctx,
    remote: filesAt(ctx, connection),
    node: connection.guest || connection.qnetd ? undefined : connection.node,
    home: homeAt(connection),
    cwd: homeAt(connection),
    localCwd: ctx.cwd,
    quiet: flags.has("q") || batch !== undefined,
    progress: true,
    preserve: flags.has("p"),
    recursive: flags.has("r"),
  };
  if (!session.quiet) await ctx.stderr.write(`Connected to ${connection.host.hostname}.\n`);
  if (path !== undefined && path !== "") {
    const real = joinPath(session.home, path);
    const stat = await session.remote.stat(real).catch(() => undefined);
    if (stat?.type === "directory") {
      if (!session.quiet) await ctx.stderr.write(`Changing to: ${real}\n`);
      session.cwd = real;
    } else return (await fetchFiles(session, [real, ...(target === undefined ? [] : [target])], {})) ? 0 : 1;
  }
  return converse(session, given, batch !== undefined);
}

/** `host:path`, `sftp://host/path`. */
function placeOf(destination: string): [host: string, path: string | undefined] {
  const url = /^sftp:\/\/([^/]+)\/?(.*)$/.exec(destination);
  if (url) return [`ssh://${url[1]}`, url[2]];
  const found = /^((?:[^@/:]*@)?(?:\[[^\]]+\]|[^/:]+)):(.*)$/s.exec(destination);
  return found ? [found[1]!.replace(/\[(.*)\]/, "$1"), found[2]] : [destination, undefined];
}

async function batchLines(ctx: ProgramContext, file: string): Promise<string[] | undefined> {
  const path = joinPath(ctx.cwd, file);
  const isThere = await ctx.files.stat(path).catch(() => undefined);
  if (isThere?.type !== "file") return undefined;
  return (await textOf(ctx, path)).replace(/\n$/, "").split("\n");
}

/** Commands until they end. @returns 1 when a batch was broken off */
async function converse(session: SftpSession, given: string[] | undefined, batch: boolean): Promise<number> {
  const { ctx } = session;
  const typed = !batch && ctx.isTty.stdin && ctx.tty !== undefined;
  const input = new InputLines(ctx);
  for (;;) {
    let line: string | undefined;
    if (given) line = given.shift();
    else if (typed) {
      await ctx.tty!.write("sftp> ");
      line = await ctx.tty!.readLine();
      if (line === undefined) await ctx.tty!.write("\n");
    } else line = await input.next();
    if (line === undefined) return 0;
    if (!typed) await ctx.stdout.write(`sftp> ${line}\n`);
    const { words, ignoresFailure, wrong } = splitWords(line);
    if (wrong !== undefined) {
      await ctx.stderr.write(`${wrong}\n`);
      if (batch && !ignoresFailure) return 1;
      continue;
    }
    const name = words[0]?.toLowerCase();
    if (name === undefined) continue;
    if (["bye", "exit", "quit"].includes(name)) return 0;
    const done = await run(session, name, words, line);
    if (!done && batch && !ignoresFailure) return 1;
    await ctx.breathe();
  }
}

async function run(session: SftpSession, name: string, words: string[], line: string): Promise<boolean> {
  const { ctx } = session;
  if (name.startsWith("!")) {
    const command = line.replace(/^[-@\s]*!/, "").trim();
    const shell = command === "" ? "bash" : command;
    return (await ctx.run(`cd ${JSON.stringify(session.localCwd)} && ${shell}`)) === 0;
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name]! : undefined;
  if (!command) {
    await ctx.stderr.write("Invalid command.\n");
    return false;
  }
  try {
    return await command(session, words.slice(1));
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    await ctx.stderr.write(`${error.path}: Failure\n`);
    return false;
  }
}
