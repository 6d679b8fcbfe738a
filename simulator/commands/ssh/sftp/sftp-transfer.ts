/** `get` and `put` of sftp. @source sftp.c and sftp-client.c of OpenSSH 9.2 */
import { ERRNO_TEXT, FileError, type NodeFiles } from "../../../shell/node-files.ts";
import { baseName, expandRemote, joinPath } from "../remote-files.ts";
import { sftpReason } from "../scp.ts";
import { showMeter } from "../transfer-meter.ts";
import type { SftpSession } from "./sftp-commands.ts";

export interface TransferFlags {
  recursive?: boolean;
  preserve?: boolean;
}

interface Side {
  files: NodeFiles;
  remote: boolean;
}

/** Remote files here. @param words the pattern, and where to */
export async function fetchFiles(session: SftpSession, words: string[], flags: TransferFlags): Promise<boolean> {
  const pattern = joinPath(session.cwd, words[0]!);
  const found = await expandRemote(session.remote, pattern);
  if (found.length === 0) {
    await session.ctx.stderr.write(`File "${pattern}" not found.\n`);
    return false;
  }
  const from = { files: session.remote, remote: true };
  const to = { files: session.ctx.files, remote: false };
  return transferAll(session, found, { from, to, target: words[1], base: session.localCwd, flags });
}

/** Files from here there. */
export async function sendFiles(session: SftpSession, words: string[], flags: TransferFlags): Promise<boolean> {
  const pattern = joinPath(session.localCwd, words[0]!);
  const found = await expandRemote(session.ctx.files, pattern);
  if (found.length === 0) {
    await session.ctx.stderr.write(`stat ${words[0]}: No such file or directory\n`);
    return false;
  }
  const from = { files: session.ctx.files, remote: false };
  const to = { files: session.remote, remote: true };
  return transferAll(session, found, { from, to, target: words[1], base: session.cwd, flags });
}

async function transferAll(
  session: SftpSession,
  sources: string[],
  way: { from: Side; to: Side; target: string | undefined; base: string; flags: TransferFlags },
): Promise<boolean> {
  const { from, to, base, flags } = way;
  const target = joinPath(base, way.target ?? ".");
  const isFolder = (await to.files.stat(target).catch(() => undefined))?.type === "directory";
  if (sources.length > 1 && !isFolder) {
    await session.ctx.stderr.write(`Multiple paths match, but destination "${target}" is not a directory\n`);
    return false;
  }
  let done = true;
  for (const source of sources) {
    const into = isFolder ? joinPath(target, baseName(source)) : target;
    const stat = await from.files.stat(source);
    if (stat.type === "directory" && !(flags.recursive ?? session.recursive)) {
      const text = from.remote ? `download ${source}/: not a regular file` : `local "${source}" is not a regular file`;
      await session.ctx.stderr.write(`${text}\n`);
      done = false;
      continue;
    }
    if (!session.quiet) {
      await session.ctx.stdout.write(
        from.remote
          ? `Fetching ${source} to ${shownLocal(session, into)}\n`
          : `Uploading ${shownLocal(session, source)} to ${into}\n`,
      );
    }
    done = (await transferTree(session, from, to, source, into, flags)) && done;
  }
  return done;
}

/** A local path as it is told: what lies in the present folder by its name. */
const shownLocal = (session: SftpSession, path: string) =>
  path.startsWith(`${session.localCwd}/`) ? path.slice(session.localCwd.length + 1) : path;

async function transferTree(
  session: SftpSession,
  from: Side,
  to: Side,
  source: string,
  target: string,
  flags: TransferFlags,
): Promise<boolean> {
  const { ctx } = session;
  const stat = await from.files.stat(source);
  if (stat.type === "directory") {
    await ctx.stdout.write(from.remote ? `Retrieving ${source}\n` : `Entering ${shownLocal(session, source)}/\n`);
    const isThere = await to.files.stat(target).catch(() => undefined);
    if (!isThere) await to.files.mkdir(target);
    let done = true;
    for (const name of await from.files.readdir(source)) {
      done = (await transferTree(session, from, to, joinPath(source, name), joinPath(target, name), flags)) && done;
    }
    return done;
  }
  let bytes: Uint8Array;
  try {
    bytes = await from.files.readFile(source);
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    await ctx.stderr.write(
      from.remote
        ? `remote open "${source}": ${sftpReason(error)}\n`
        : `Couldn't open local file "${source}" for reading: ${ERRNO_TEXT[error.code]}\n`,
    );
    return false;
  }
  try {
    await to.files.writeFile(target, bytes, { mode: stat.mode });
    if (flags.preserve ?? session.preserve) {
      await to.files.chmod(target, stat.mode);
      await to.files.utimes(target, stat.mtimeMs);
    }
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    await ctx.stderr.write(
      to.remote
        ? `dest open "${target}": ${sftpReason(error)}\n`
        : `open local "${target}": ${ERRNO_TEXT[error.code]}\n`,
    );
    return false;
  }
  if (session.progress && !session.quiet) await showMeter(ctx, baseName(source), bytes.length);
  await ctx.breathe();
  return true;
}
