/** What may be typed into sftp. @source sftp(1) of OpenSSH 9.2, held against its output */
import { ERRNO_TEXT, FileError, type FileStat, type NodeFiles } from "../../../shell/node-files.ts";
import type { ProgramContext } from "../../../shell/process.ts";
import { availableKb, mountedSpace, mountOf } from "../../coreutils/df.ts";
import { notModelled } from "../../printed.ts";
import { expandRemote, joinPath } from "../remote-files.ts";
import { sftpReason } from "../scp.ts";
import { listRemote } from "./sftp-listing.ts";
import { fetchFiles, sendFiles, type TransferFlags } from "./sftp-transfer.ts";

export interface SftpSession {
  ctx: ProgramContext;
  remote: NodeFiles;
  /** Undefined for a machine that is no node. */
  node: string | undefined;
  /** At the other end. */
  home: string;
  cwd: string;
  localCwd: string;
  quiet: boolean;
  progress: boolean;
  preserve: boolean;
  recursive: boolean;
}

/** Answers whether it was done. */
type Command = (session: SftpSession, words: string[]) => Promise<boolean>;

const HELP = `Available commands:
bye                                Quit sftp
cd path                            Change remote directory to 'path'
chgrp [-h] grp path                Change group of file 'path' to 'grp'
chmod [-h] mode path               Change permissions of file 'path' to 'mode'
chown [-h] own path                Change owner of file 'path' to 'own'
copy oldpath newpath               Copy remote file
cp oldpath newpath                 Copy remote file
df [-hi] [path]                    Display statistics for current directory or
                                   filesystem containing 'path'
exit                               Quit sftp
get [-afpR] remote [local]         Download file
help                               Display this help text
lcd path                           Change local directory to 'path'
lls [ls-options [path]]            Display local directory listing
lmkdir path                        Create local directory
ln [-s] oldpath newpath            Link remote file (-s for symlink)
lpwd                               Print local working directory
ls [-1afhlnrSt] [path]             Display remote directory listing
lumask umask                       Set local umask to 'umask'
mkdir path                         Create remote directory
progress                           Toggle display of progress meter
put [-afpR] local [remote]         Upload file
pwd                                Display remote working directory
quit                               Quit sftp
reget [-fpR] remote [local]        Resume download file
rename oldpath newpath             Rename remote file
reput [-fpR] local [remote]        Resume upload file
rm path                            Delete remote file
rmdir path                         Remove remote directory
symlink oldpath newpath            Symlink remote file
version                            Show SFTP version
!command                           Execute 'command' in local shell
!                                  Escape to local shell
?                                  Synonym for help
`;

const say = async (session: SftpSession, text: string) => {
  await session.ctx.stderr.write(`${text}\n`);
  return false;
};

const there = (session: SftpSession, path: string) => joinPath(session.cwd, path);

/** A change whose refusal is told behind what was tried. */
async function changing(session: SftpSession, what: string, work: () => Promise<void>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    return say(session, `${what}: ${sftpReason(error)}`);
  }
}

const cd: Command = async (session, [path]) => {
  const wanted = path === undefined ? session.home : there(session, path);
  const stat = await session.remote.stat(wanted).catch(() => undefined);
  if (!stat) return say(session, "stat remote: No such file or directory");
  if (stat.type !== "directory") return say(session, `Can't change directory: "${wanted}" is not a directory`);
  session.cwd = await session.remote.realpath(wanted);
  return true;
};

const transfer =
  (name: string, move: typeof fetchFiles): Command =>
  async (session, words) => {
    const flags: TransferFlags = {};
    const rest: string[] = [];
    for (const word of words) {
      if (!/^-[afpPrR]+$/.test(word)) rest.push(word);
      else {
        if (/[rR]/.test(word)) flags.recursive = true;
        if (/[pP]/.test(word)) flags.preserve = true;
        if (word.includes("a")) return say(session, notModelled("sftp", `${name} -a`).trimEnd());
      }
    }
    if (rest.length === 0) return say(session, "You must specify at least one path after a get or put command.");
    return move(session, rest, flags);
  };

/** chmod, chown, chgrp: on everything that a pattern stands for. */
const each =
  (
    name: string,
    verb: string,
    work: (files: NodeFiles, path: string, value: string, stat: FileStat) => Promise<void>,
  ): Command =>
  async (session, given) => {
    const words = given.filter((word) => word !== "-h");
    const [value, pattern] = words;
    const valid = value !== undefined && (name === "chmod" ? /^[0-7]+$/ : /^\d+$/).test(value);
    if (pattern === undefined) return say(session, `You must supply a numeric argument to the ${name} command.`);
    if (!valid) return say(session, `You must supply a numeric argument to the ${name} command.`);
    const found = await expandRemote(session.remote, there(session, pattern));
    let done = true;
    for (const path of found) {
      const stat = await session.remote.stat(path);
      if (!session.quiet) await session.ctx.stdout.write(`${verb} on ${path}\n`);
      done =
        (await changing(session, `remote setstat "${path}"`, () => work(session.remote, path, value, stat))) && done;
    }
    return found.length > 0
      ? done
      : say(session, `remote setstat "${there(session, pattern)}": No such file or directory`);
  };

const NAMES: Record<string, string> = { "0": "root", "33": "www-data" };
const nameOf = (id: string) => NAMES[id] ?? id;

const link: Command = async (session, words) => {
  const rest = words.filter((word) => word !== "-s");
  const [target, path] = rest;
  if (target === undefined || path === undefined) return say(session, "You must specify two paths after a ln command.");
  if (words.includes("-s")) {
    return changing(session, `remote symlink "${target}" to "${there(session, path)}"`, () =>
      session.remote.symlink(target, there(session, path)),
    );
  }
  const [from, to] = [there(session, target), there(session, path)];
  return changing(session, `remote link "${from}" to "${to}"`, () => session.remote.link(from, to));
};

const remove: Command = async (session, words) => {
  if (words.length === 0) return say(session, "You must specify a path after a rm command.");
  let done = true;
  for (const word of words.filter((one) => one !== "-f")) {
    const found = await expandRemote(session.remote, there(session, word));
    for (const path of found.length > 0 ? found : [there(session, word)]) {
      if (!session.quiet) await session.ctx.stdout.write(`Removing ${path}\n`);
      done = (await changing(session, `remote delete ${path}`, () => session.remote.unlink(path))) && done;
    }
  }
  return done;
};

const rename: Command = async (session, words) => {
  const [from, to] = words.filter((word) => word !== "-l");
  if (from === undefined || to === undefined) return say(session, "You must specify two paths after a rename command.");
  const [a, b] = [there(session, from), there(session, to)];
  return changing(session, `remote rename "${a}" to "${b}"`, () => session.remote.rename(a, b));
};

const copy: Command = async (session, [from, to]) => {
  if (from === undefined || to === undefined) return say(session, "You must specify two paths after a copy command.");
  const [a, b] = [there(session, from), there(session, to)];
  return changing(session, `remote copy "${a}" to "${b}"`, async () => {
    await session.remote.writeFile(b, await session.remote.readFile(a));
  });
};

const makeFolder: Command = async (session, [path]) => {
  if (path === undefined) return say(session, "You must specify a path after a mkdir command.");
  const whole = there(session, path);
  return changing(session, `remote mkdir "${whole}"`, () => session.remote.mkdir(whole));
};

const removeFolder: Command = async (session, [path]) => {
  if (path === undefined) return say(session, "You must specify a path after a rmdir command.");
  const whole = there(session, path);
  return changing(session, `remote rmdir "${whole}"`, () => session.remote.rmdir(whole));
};

const diskFree: Command = async (session, words) => {
  if (session.node === undefined) return say(session, notModelled("sftp", "df").trimEnd());
  const options = words.filter((word) => word.startsWith("-")).join("");
  const path = there(session, words.find((word) => !word.startsWith("-")) ?? ".");
  const mount = mountOf(mountedSpace({ ...session.ctx, node: session.node }), path);
  const share = (used: number, size: number) => `${size === 0 ? 0 : Math.floor((100 * used) / size)}%`;
  const wide = (values: (number | string)[], width: number) =>
    values.map((value) => String(value).padStart(width)).join(" ");
  if (options.includes("i")) {
    const free = mount.inodes - mount.usedInodes;
    await session.ctx.stdout.write(
      `     Inodes        Used       Avail      (root)    %Capacity\n${wide([mount.inodes, mount.usedInodes, free, free], 11)}         ${share(mount.usedInodes, mount.inodes).padStart(4)}\n`,
    );
    return true;
  }
  const [size, used, free, forRoot] = [mount.sizeKb, mount.usedKb, availableKb(mount), mount.sizeKb - mount.usedKb];
  await session.ctx.stdout.write(
    options.includes("h")
      ? `    Size     Used    Avail   (root)    %Capacity\n${wide([size, used, free, forRoot].map(scaled), 8)}         ${share(used, size).padStart(4)}\n`
      : `        Size         Used        Avail       (root)    %Capacity\n${wide([size, used, free, forRoot], 12)}         ${share(used, size).padStart(4)}\n`,
  );
  return true;
};

/** Kibibytes as `fmt_scaled` writes bytes. */
function scaled(kb: number): string {
  let [value, at] = [kb, 1];
  const units = ["B", "KB", "MB", "GB", "TB"];
  for (; value >= 1024 && at < units.length - 1; at++) value /= 1024;
  return `${value < 100 ? value.toFixed(1) : Math.floor(value)}${units[at]}`;
}

const changeLocal: Command = async (session, [path]) => {
  const wanted = joinPath(session.localCwd, path ?? session.ctx.user.home);
  try {
    const stat = await session.ctx.files.stat(wanted);
    if (stat.type !== "directory") throw new FileError("ENOTDIR", wanted);
    session.localCwd = wanted;
    return true;
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    return say(session, `Couldn't change local directory to "${path}": ${ERRNO_TEXT[error.code]}`);
  }
};

const makeLocal: Command = async (session, [path]) => {
  if (path === undefined) return say(session, "You must specify a path after a lmkdir command.");
  try {
    await session.ctx.files.mkdir(joinPath(session.localCwd, path));
    return true;
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    return say(session, `Couldn't create local directory "${path}": ${ERRNO_TEXT[error.code]}`);
  }
};

const quoted = (word: string) => `'${word.replaceAll("'", "'\\''")}'`;

const show =
  (text: (session: SftpSession) => string): Command =>
  async (session) => {
    await session.ctx.stdout.write(text(session));
    return true;
  };

export const COMMANDS: Record<string, Command> = {
  "?": show(() => HELP),
  cd,
  chdir: cd,
  chgrp: each("chgrp", "Changing group", (files, path, value, stat) => files.chown(path, stat.owner, nameOf(value))),
  chmod: each("chmod", "Changing mode", (files, path, value) => files.chmod(path, Number.parseInt(value, 8))),
  chown: each("chown", "Changing owner", (files, path, value, stat) => files.chown(path, nameOf(value), stat.group)),
  copy,
  cp: copy,
  df: diskFree,
  dir: listRemote,
  get: transfer("get", fetchFiles),
  help: show(() => HELP),
  lcd: changeLocal,
  lchdir: changeLocal,
  lls: async (session, words) =>
    (await session.ctx.run(`cd ${quoted(session.localCwd)} && ls ${words.map(quoted).join(" ")}`)) === 0,
  lmkdir: makeLocal,
  ln: link,
  lpwd: show((session) => `Local working directory: ${session.localCwd}\n`),
  ls: listRemote,
  lumask: async (session) => say(session, notModelled("sftp", "lumask").trimEnd()),
  mget: transfer("get", fetchFiles),
  mkdir: makeFolder,
  mput: transfer("put", sendFiles),
  progress: async (session) => {
    session.progress = !session.progress;
    await session.ctx.stdout.write(`Progress meter ${session.progress ? "enabled" : "disabled"}\n`);
    return true;
  },
  put: transfer("put", sendFiles),
  pwd: show((session) => `Remote working directory: ${session.cwd}\n`),
  reget: async (session) => say(session, notModelled("sftp", "reget").trimEnd()),
  rename,
  reput: async (session) => say(session, notModelled("sftp", "reput").trimEnd()),
  rm: remove,
  rmdir: removeFolder,
  symlink: (session, words) => link(session, ["-s", ...words]),
  version: show(() => "SFTP protocol version 3\n"),
};
