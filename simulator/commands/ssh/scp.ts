/** scp between the nodes of a lab, which speaks SFTP. @source scp.c of OpenSSH 9.2, held against its output */
import { ERRNO_TEXT, FileError, type NodeFiles } from "../../shell/node-files.ts";
import { hasPattern } from "../../shell/pattern.ts";
import type { ProgramContext } from "../../shell/process.ts";
import { BadConfig, takeOption } from "./client-config.ts";
import { baseName, expandRemote, filesAt, homeAt, joinPath } from "./remote-files.ts";
import { serveScp } from "./scp-server.ts";
import { emptyOptions, parseDestination, type SshOptions } from "./ssh-arguments.ts";
import { connectSsh } from "./ssh-client.ts";
import { showMeter } from "./transfer-meter.ts";

const USAGE = `usage: scp [-346ABCOpqRrsTv] [-c cipher] [-D sftp_server_path] [-F ssh_config]
           [-i identity_file] [-J destination] [-l limit] [-o ssh_option]
           [-P port] [-S program] [-X sftp_option] source ... target
`;
const FOLDERS_DEEP_MAX = 64;

interface Place {
  files: NodeFiles;
  path: string;
  remote: boolean;
  /** As it was typed, without the host. */
  typed: string;
}

interface Copying {
  context: ProgramContext;
  recursive: boolean;
  preserve: boolean;
  quiet: boolean;
  failed: boolean;
}

export async function scp(context: ProgramContext): Promise<number> {
  const served = await serveScp(context);
  if (served !== undefined) return served;
  const options = emptyOptions();
  const copying: Copying = { context, recursive: false, preserve: false, quiet: false, failed: false };
  const names: string[] = [];
  const wrong = await readArguments(context, copying, options, names);
  if (wrong !== undefined) {
    await context.stderr.write(wrong);
    return 1;
  }
  const opened = new Map<string, { files: NodeFiles; home: string }>();
  const target = await placeOf(context, names.pop()!, options, opened);
  if (!target) return unconnected(context);
  const sources: Place[] = [];
  for (const name of names) {
    const source = await placeOf(context, name, options, opened);
    if (!source) return unconnected(context);
    const found =
      source.remote && hasPattern(source.path) ? await expandRemote(source.files, source.path) : [source.path];
    if (found.length === 0) await complain(copying, `scp: ${source.typed}: No such file or directory\n`);
    sources.push(
      ...found.map((path) => ({
        ...source,
        path,
        typed: found.length === 1 && path === source.path ? source.typed : path,
      })),
    );
  }
  if (sources.length === 0) return 1;
  let isFolder = (await typeOf(target)) === "directory";
  if (sources.length > 1 && !isFolder) {
    const isThere = (await typeOf(target)) !== undefined;
    if (isThere || !target.remote) {
      await context.stderr.write(`scp: ${target.typed}: Not a directory\n`);
      return 1;
    }
    // Over SFTP a folder that is missing is made for several files.
    await target.files.mkdir(target.path).catch(() => undefined);
    isFolder = true;
  }
  for (const source of sources) {
    const into = isFolder ? { ...target, path: joinPath(target.path, baseName(source.path)) } : target;
    const status = await copyOne(copying, source, into);
    if (status !== undefined) return status;
  }
  return copying.failed ? 1 : 0;
}

/** @returns what is wrong as text */
async function readArguments(
  context: ProgramContext,
  copying: Copying,
  options: SshOptions,
  names: string[],
): Promise<string | undefined> {
  const args = context.argv.slice(1);
  try {
    for (let at = 0; at < args.length; at++) {
      const arg = args[at]!;
      if (arg === "--") {
        names.push(...args.slice(at + 1));
        break;
      }
      if (!arg.startsWith("-") || arg === "-") {
        names.push(arg);
        continue;
      }
      for (let letter = 1; letter < arg.length; letter++) {
        const option = arg[letter]!;
        if ("cDFiJloPSX".includes(option)) {
          const value = arg.slice(letter + 1) || args[++at];
          if (value === undefined) return `scp: option requires an argument -- ${option}\n${USAGE}`;
          if (option === "o") takeOption(options.config, value);
          else if (option === "P") takeOption(options.config, `Port=${value}`);
          else if (option === "J") takeOption(options.config, `ProxyJump=${value}`);
          else if (option === "i") options.identities.push(value);
          else if (option === "F") options.file = value;
          break;
        }
        if (option === "r") copying.recursive = true;
        else if (option === "p") copying.preserve = true;
        else if (option === "q") copying.quiet = options.quiet = true;
        else if (option === "v") options.verbose += 1;
        else if (option === "B") takeOption(options.config, "BatchMode=yes");
        else if (!"346ACORsT".includes(option)) return `scp: unknown option -- ${option}\n${USAGE}`;
      }
    }
  } catch (error) {
    if (error instanceof BadConfig) return `${error.message}\n`;
    throw error;
  }
  return names.length < 2 ? USAGE : undefined;
}

async function unconnected(context: ProgramContext): Promise<number> {
  await context.stderr.write("scp: Connection closed\n");
  return 255;
}

/** `HOST:PATH` and `scp://HOST/PATH` over the network, everything else here. */
async function placeOf(
  context: ProgramContext,
  name: string,
  options: SshOptions,
  opened: Map<string, { files: NodeFiles; home: string }>,
): Promise<Place | undefined> {
  const url = /^scp:\/\/([^/]+)\/?(.*)$/s.exec(name);
  const remote = url ?? /^((?:[^@/:]*@)?(?:\[[^\]]+\]|[^/:]+)):(.*)$/s.exec(name);
  if (!remote) return { files: context.files, path: joinPath(context.cwd, name), remote: false, typed: name };
  const [, host, path] = remote as unknown as [string, string, string];
  let end = opened.get(host);
  if (!end) {
    const own = { ...options, config: new Map(options.config) };
    const target = parseDestination(url ? `ssh://${host}` : host.replace(/\[(.*)\]/, "$1"), own);
    const connection = await connectSsh(context, target, own);
    if (!connection) return undefined;
    end = { files: filesAt(context, connection), home: homeAt(connection) };
    opened.set(host, end);
  }
  return {
    files: end.files,
    path: joinPath(end.home, path.replace(/^~\/?/, "") || "."),
    remote: true,
    typed: path || ".",
  };
}

/** @returns a status that ends everything */
async function copyOne(copying: Copying, source: Place, target: Place): Promise<number | undefined> {
  const kind = await typeOf(source);
  if (kind === undefined) {
    if (source.remote) await complain(copying, `scp: ${source.typed}: No such file or directory\n`);
    else if (target.remote) {
      await copying.context.stderr.write(`scp: stat local "${source.typed}": No such file or directory\n`);
      return 255;
    } else await complain(copying, `cp: cannot stat '${source.typed}': No such file or directory\n`);
    return undefined;
  }
  if (kind === "directory" && !copying.recursive) {
    await complain(
      copying,
      source.remote
        ? `scp: download ${source.path}/: not a regular file\n`
        : `scp: local "${source.typed}" is not a regular file\nscp: failed to upload file ${source.typed} to ${target.typed}\n`,
    );
    return undefined;
  }
  await copyTree(copying, source, target, 0);
  return undefined;
}

async function copyTree(copying: Copying, source: Place, target: Place, deep: number): Promise<void> {
  const { context } = copying;
  const inner = (place: Place, name: string): Place => ({
    ...place,
    path: joinPath(place.path, name),
    typed: `${place.typed}/${name}`,
  });
  let stat: Awaited<ReturnType<NodeFiles["stat"]>>;
  let bytes: Uint8Array = new Uint8Array();
  let names: string[] = [];
  try {
    stat = await source.files.stat(source.path);
    if (stat.type === "directory") {
      if (deep >= FOLDERS_DEEP_MAX)
        return await complain(copying, `scp: ${source.typed}: Maximum directory depth exceeded: ${deep} levels\n`);
      names = await source.files.readdir(source.path);
    } else if (stat.type === "file") bytes = await source.files.readFile(source.path);
    else return await complain(copying, `scp: ${source.typed}: not a regular file\n`);
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    const what = source.remote ? `remote open "${source.path}"` : `open local "${source.typed}"`;
    return complain(copying, `scp: ${what}: ${ERRNO_TEXT[error.code]}\n`);
  }
  try {
    if (stat.type === "directory") {
      if ((await typeOf(target)) === undefined) await target.files.mkdir(target.path);
      for (const name of names) {
        await copyTree(copying, inner(source, name), inner(target, name), deep + 1);
      }
      return;
    }
    await target.files.writeFile(target.path, bytes, { mode: stat.mode });
    if (copying.preserve) {
      await target.files.chmod(target.path, stat.mode);
      await target.files.utimes(target.path, stat.mtimeMs);
    }
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    const text = sftpReason(error);
    return complain(
      copying,
      target.remote
        ? `scp: dest open "${target.typed}": ${text}\nscp: failed to upload file ${source.typed} to ${target.typed}\n`
        : `scp: open local "${target.typed}": ${ERRNO_TEXT[error.code]}\n`,
    );
  }
  if (!copying.quiet) await showMeter(context, baseName(source.path), bytes.length);
  await context.breathe();
}

/** SFTP's version 3 has few words. */
export function sftpReason(error: FileError): string {
  if (error.code === "ENOENT" || error.code === "ENOTDIR") return "No such file or directory";
  return error.code === "EACCES" || error.code === "EPERM" ? "Permission denied" : "Failure";
}

async function complain(copying: Copying, text: string): Promise<void> {
  copying.failed = true;
  await copying.context.stderr.write(text);
}

function typeOf(place: Place): Promise<string | undefined> {
  return place.files.stat(place.path).then(
    (stat) => stat.type,
    () => undefined,
  );
}
