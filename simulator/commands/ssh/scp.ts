/** scp between the nodes of a lab. @source scp(1) of OpenSSH 9.2 */
import { createNodeFiles } from "../../node-view/node-files-adapter.ts";
import { ERRNO_TEXT, FileError, type NodeFiles } from "../../shell/node-files.ts";
import type { ProgramContext } from "../../shell/process.ts";
import { guestFiles } from "../guest/guest-files.ts";
import { qnetdHostFiles } from "../qnetd-host/qnetd-session.ts";
import { serveScp } from "./scp-server.ts";
import { parseDestination, takeSetting } from "./ssh-arguments.ts";
import { connectSsh, type SshOptions } from "./ssh-client.ts";

const USAGE = `usage: scp [-346ABCOpqRrsTv] [-c cipher] [-D sftp_server_path] [-F ssh_config]
           [-i identity_file] [-J destination] [-l limit] [-o ssh_option]
           [-P port] [-S program] [-X sftp_option] source ... target
`;

interface Place {
  files: NodeFiles;
  path: string;
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
  const options: SshOptions = { port: 22, settings: new Map(), quiet: false };
  const copying: Copying = { context, recursive: false, preserve: false, quiet: false, failed: false };
  const names: string[] = [];
  const args = context.argv.slice(1);
  for (let at = 0; at < args.length; at++) {
    const arg = args[at]!;
    if (!arg.startsWith("-") || arg === "-") {
      names.push(arg);
      continue;
    }
    for (let letter = 1; letter < arg.length; letter++) {
      const option = arg[letter]!;
      if ("cDFiJloPSX".includes(option)) {
        const value = arg.slice(letter + 1) || args[++at];
        if (option === "o" && value !== undefined) takeSetting(options, value);
        if (option === "P") options.port = Number(value);
        break;
      }
      if (option === "r") copying.recursive = true;
      else if (option === "p") copying.preserve = true;
      else if (option === "q") copying.quiet = true;
      else if (!"346ABCORsTv".includes(option)) {
        await context.stderr.write(`unknown option -- ${option}\n${USAGE}`);
        return 1;
      }
    }
  }
  if (names.length < 2) {
    await context.stderr.write(USAGE);
    return 1;
  }
  const places: Place[] = [];
  const opened = new Map<string, NodeFiles>();
  for (const name of names) {
    const place = await placeOf(context, name, options, opened);
    if (!place) {
      await context.stderr.write("scp: Connection closed\n");
      return 255;
    }
    places.push(place);
  }
  const target = places.pop()!;
  const isFolder = (await typeOf(target)) === "directory";
  if (places.length > 1 && !isFolder) {
    await context.stderr.write(`scp: ${target.path}: Not a directory\n`);
    return 1;
  }
  for (const source of places) {
    const into = isFolder ? { ...target, path: `${target.path.replace(/\/$/, "")}/${baseName(source.path)}` } : target;
    await copy(copying, source, into);
  }
  return copying.failed ? 1 : 0;
}

/** `HOST:PATH` over the network, everything else here. */
async function placeOf(
  context: ProgramContext,
  name: string,
  options: SshOptions,
  opened: Map<string, NodeFiles>,
): Promise<Place | undefined> {
  const remote = /^([^/:]+):(.*)$/s.exec(name);
  if (!remote) return { files: context.files, path: name.startsWith("/") ? name : `${context.cwd}/${name}` };
  const [, host, path] = remote as unknown as [string, string, string];
  let files = opened.get(host);
  if (!files) {
    const connection = await connectSsh(context, parseDestination(host), options);
    if (!connection) return undefined;
    if (connection.guest) files = guestFiles(context.lab, connection.guest);
    else if (connection.qnetd) files = qnetdHostFiles(context.lab);
    else files = createNodeFiles(context.lab, connection.node);
    opened.set(host, files);
  }
  return { files, path: path.startsWith("/") ? path : `/root/${path.replace(/^~\/?/, "")}`.replace(/(.)\/$/, "$1") };
}

async function copy(copying: Copying, source: Place, target: Place): Promise<void> {
  const { context } = copying;
  try {
    const stat = await source.files.stat(source.path);
    if (stat.type === "directory") {
      if (!copying.recursive) {
        await complain(copying, `scp: ${source.path}: not a regular file\n`);
        return;
      }
      if ((await typeOf(target)) === undefined) await target.files.mkdir(target.path);
      for (const name of await source.files.readdir(source.path)) {
        await copy(
          copying,
          { ...source, path: `${source.path}/${name}` },
          { ...target, path: `${target.path}/${name}` },
        );
      }
      return;
    }
    const bytes = await source.files.readFile(source.path);
    await target.files.writeFile(target.path, bytes, { mode: stat.mode });
    if (copying.preserve) {
      await target.files.chmod(target.path, stat.mode);
      await target.files.utimes(target.path, stat.mtimeMs);
    }
    if (!copying.quiet && context.isTty.stdout)
      await context.stdout.write(progress(baseName(source.path), bytes.length));
    await context.breathe();
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    await complain(copying, `scp: ${error.path}: ${ERRNO_TEXT[error.code]}\n`);
  }
}

async function complain(copying: Copying, text: string): Promise<void> {
  copying.failed = true;
  await copying.context.stderr.write(text);
}

/** The line that stays when a file is through. */
function progress(name: string, bytes: number): string {
  const size = bytes < 10_240 ? `${bytes}` : `${Math.floor(bytes / 1024)}KB`;
  return `${name.slice(0, 43).padEnd(43)} 100% ${size.padStart(4)}     ${(bytes / 1024).toFixed(1)}KB/s   00:00    \n`;
}

function typeOf(place: Place): Promise<string | undefined> {
  return place.files.stat(place.path).then(
    (stat) => stat.type,
    () => undefined,
  );
}

function baseName(path: string): string {
  return path.split("/").filter(Boolean).at(-1) ?? "/";
}
