/** What a program is given: streams bound to its process, files with /dev and /proc/self, the model's port. */
import type { LabPort } from "../cluster/port.ts";
import { Refusal } from "../cluster/refusal.ts";
import { runAsProcess } from "./child-shell.ts";
import type { Descriptors } from "./descriptors.ts";
import { filesOfUser } from "./files-of-user.ts";
import { History } from "./history.ts";
import { MemoryExhausted } from "./lab-memory.ts";
import { ERRNO_TEXT, FileError, type FileStat, type NodeFiles } from "./node-files.ts";
import { type NodeProcess, shareProcessTables } from "./node-process.ts";
import { type OpenFile, OutsideFile } from "./open-file.ts";
import type { ByteReader, ByteWriter, ProgramContext, ProgramEntry } from "./process.ts";
import { runSource } from "./script-run.ts";
import { Shell, setUpVariables } from "./shell.ts";
import { runShellCommand } from "./shell-program.ts";
import { ttyOf } from "./terminal.ts";
import { nextTurn, turnIsOver } from "./turns.ts";
import { ShellError } from "./variables.ts";

const USUAL_UMASK = 0o022;

export function programContext(
  shell: Shell,
  process: NodeProcess,
  run: {
    argv: string[];
    environment: Map<string, string>;
    descriptors: Descriptors;
    rights?: ProgramEntry["rights"] | undefined;
  },
): ProgramContext {
  const { around } = shell;
  const { user } = process;
  const acts = user.uid === 0 || run.rights !== undefined;
  const { descriptors } = run;
  const isTty = (fd: number) => descriptors.get(fd)?.kind === "tty";
  const breathe = async () => {
    around.activity.touch();
    if (process.held) await process.proceed();
    if (turnIsOver()) await nextTurn(around.session);
    process.signal.throwIfAborted();
  };
  const lab: LabPort = {
    read: (query) => around.port.read(query),
    act: (kind, args) => {
      if (!acts) throw new Refusal("permission", ERRNO_TEXT.EPERM);
      return around.port.act(kind, args);
    },
    // A stopped process does not go on when its time has come, but when it is continued.
    sleep: async (ms, signal) => {
      await around.port.sleep(ms, signal ?? process.signal);
      if (process.held) await process.proceed();
    },
    until: async (condition, options) => {
      const found = await around.port.until(condition, { ...options, signal: options?.signal ?? process.signal });
      if (process.held) await process.proceed();
      return found;
    },
  };
  shareProcessTables(around.port, lab);
  const childFor = (options: { stdin?: ByteReader; stdout?: ByteWriter; stderr?: ByteWriter }): Shell => {
    const child = shell.forkFor(process);
    child.interactive = false;
    child.typed = false;
    child.frames = [];
    for (const [name, value] of run.environment) {
      child.variables.set(name, value);
      child.variables.declare(name).exported = true;
    }
    child.descriptors.closeAll();
    for (const [fd, file] of descriptors.entries()) child.descriptors.set(fd, file.retain());
    if (options.stdin) child.descriptors.set(0, readingFrom(options.stdin));
    if (options.stdout) child.descriptors.set(1, writingTo(options.stdout));
    if (options.stderr) child.descriptors.set(2, writingTo(options.stderr));
    child.name = "sh";
    return child;
  };
  return {
    argv: run.argv,
    env: run.environment,
    cwd: shell.cwd,
    stdin: readerOf(descriptors.get(0), process),
    stdout: writerOf(descriptors.get(1), process),
    stderr: writerOf(descriptors.get(2), process),
    isTty: { stdin: isTty(0), stdout: isTty(1), stderr: isTty(2) },
    ...(around.terminal && { tty: ttyOf(around.terminal, process) }),
    ...(process.tty !== "?" && { ttyName: process.tty }),
    node: around.node,
    pid: process.pid,
    user,
    files: processFiles(
      masked(run.rights === "setuid" ? around.allFiles : around.files, shell.umask),
      descriptors,
      process,
    ),
    lab,
    signal: process.signal,
    onSignal: (name, listener) => process.onSignal(name, listener),
    hold(bytes) {
      if (!process.charge(bytes)) throw new MemoryExhausted();
    },
    async stop() {
      process.deliverToGroup("SIGTSTP");
      await process.proceed();
    },
    breathe,
    async run(commandLine, options = {}) {
      const child = childFor(options);
      const status = await runAsProcess(child, () => runSource(child, commandLine));
      // A line that does nothing gives way to nobody, however often it is run.
      await breathe();
      return status;
    },
    async runAs(other, { argv, environment, cwd }) {
      const child = around.processes.spawn({
        ...{ command: argv.join(" "), parent: process, user: other },
        startedAtMs: around.port.read((state) => state.nowMs),
      });
      if (!child) throw new ShellError("fork: retry: Resource temporarily unavailable", { status: 254 });
      const files = filesOfUser(around.allFiles, other);
      const theirs = new Shell({ ...around, files, history: new History() }, child);
      theirs.cwd = cwd;
      setUpVariables(theirs, environment);
      theirs.descriptors.closeAll();
      for (const [fd, file] of descriptors.entries()) theirs.descriptors.set(fd, file.retain());
      return runAsProcess(theirs, () => runShellCommand(theirs, argv));
    },
    runStoppable(commandLine) {
      const child = childFor({});
      const group = child.process.pid;
      child.process.group = group;
      // It keeps the keys: they go to it and not to the one that waits for it.
      const { terminal } = around;
      const shares = terminal?.foreground === process.group;
      if (terminal && shares) terminal.foreground = group;
      const ended = runAsProcess(child, () => runSource(child, commandLine)).finally(() => {
        if (terminal && shares) terminal.foreground = process.group;
      });
      return {
        ended: ended.then((status) => {
          if (child.process.endedBy === "SIGINT") process.deliver("SIGINT");
          return status;
        }),
        deliver: (signal) => around.processes.signalGroup(group, signal),
      };
    },
  };
}

function readingFrom(reader: ByteReader): OpenFile {
  return new OutsideFile({ read: () => reader.read() });
}

function writingTo(writer: ByteWriter): OpenFile {
  return new OutsideFile({ write: (bytes) => writer.write(bytes) });
}

function readerOf(file: OpenFile | undefined, process: NodeProcess): ByteReader {
  return {
    async read() {
      if (!file) throw new FileError("EBADF", "standard input");
      if (process.held) await process.proceed();
      const bytes = await file.read(process);
      if (process.held) await process.proceed();
      return bytes;
    },
  };
}

function writerOf(file: OpenFile | undefined, process: NodeProcess): ByteWriter {
  return {
    async write(data) {
      if (!file) throw new FileError("EBADF", "write error");
      if (process.held) await process.proceed();
      process.signal.throwIfAborted();
      const bytes = typeof data === "string" ? Buffer.from(data) : data;
      if (bytes.length > 0) await file.write(bytes, process);
    },
  };
}

const DEVICE: FileStat = {
  type: "device",
  mode: 0o666,
  owner: "root",
  group: "root",
  size: 0,
  mtimeMs: 0,
  inode: 5,
  links: 1,
};
/** What a program may read of a stream by its path; the rest of its input is left. */
const STREAM_BYTES_MAX = 16 << 20;

/** The node's files as one process sees them: `/dev/fd/63`, `/dev/stdin` and `/dev/null` are its own. */
function processFiles(files: NodeFiles, descriptors: Descriptors, process: NodeProcess): NodeFiles {
  const fdOf = (path: string): number | undefined => {
    const named = { "/dev/stdin": 0, "/dev/stdout": 1, "/dev/stderr": 2 }[path];
    const numbered = /^(?:\/dev\/fd|\/proc\/self\/fd)\/(\d+)$/.exec(path)?.[1];
    return named ?? (numbered === undefined ? undefined : Number(numbered));
  };
  const special = (path: string) => /^\/dev\/(null|zero|full|u?random|tty)$/.test(path);
  /** `/proc/self` is the process that asks. */
  const own = (path: string) => path.replace(/^\/proc\/(?:self|thread-self)(?=\/)/, `/proc/${process.pid}`);
  return {
    ...bound(files),
    async stat(path, options) {
      // The link that a descriptor is in /proc, not what it leads to.
      if (options?.follow === false && path.startsWith("/proc/self/")) return files.stat(own(path), options);
      return special(path) || fdOf(path) !== undefined ? DEVICE : files.stat(own(path), options);
    },
    readdir: (path) => files.readdir(own(/^\/proc\/self$/.test(path) ? `${path}/` : path)),
    readlink: (path) => (path === "/proc/self" ? Promise.resolve(String(process.pid)) : files.readlink(own(path))),
    async readFile(path) {
      if (path === "/dev/null") return new Uint8Array(0);
      const fd = fdOf(path);
      if (fd === undefined) return files.readFile(own(path));
      const file = descriptors.get(fd);
      if (!file) throw new FileError("ENOENT", path);
      const chunks: Uint8Array[] = [];
      let size = 0;
      for (let bytes = await file.read(process); bytes; bytes = await file.read(process)) {
        if (!process.charge(bytes.length)) throw new MemoryExhausted();
        chunks.push(bytes);
        size += bytes.length;
        if (size > STREAM_BYTES_MAX) throw new FileError("EFBIG", path);
      }
      return Buffer.concat(chunks);
    },
    async writeFile(path, bytes, options) {
      if (special(path)) return;
      const fd = fdOf(path);
      if (fd === undefined) return files.writeFile(path, bytes, options);
      await descriptors.get(fd)?.write(bytes, process);
    },
    async realpath(path) {
      return special(path) || fdOf(path) !== undefined ? path : files.realpath(own(path));
    },
  };
}

/** New files and directories of a program have the modes that its umask leaves; the usual one is the files' own. */
function masked(files: NodeFiles, umask: number): NodeFiles {
  if (umask === USUAL_UMASK) return files;
  return {
    ...bound(files),
    writeFile: (path, bytes, options) => files.writeFile(path, bytes, { mode: 0o666 & ~umask, ...options }),
    mkdir: (path, mode, owner) => files.mkdir(path, mode ?? 0o777 & ~umask, owner),
  };
}

function bound(files: NodeFiles): NodeFiles {
  return {
    stat: (...args) => files.stat(...args),
    readFile: (...args) => files.readFile(...args),
    writeFile: (...args) => files.writeFile(...args),
    readdir: (...args) => files.readdir(...args),
    mkdir: (...args) => files.mkdir(...args),
    unlink: (...args) => files.unlink(...args),
    rmdir: (...args) => files.rmdir(...args),
    rename: (...args) => files.rename(...args),
    symlink: (...args) => files.symlink(...args),
    link: (...args) => files.link(...args),
    readlink: (...args) => files.readlink(...args),
    chmod: (...args) => files.chmod(...args),
    chown: (...args) => files.chown(...args),
    utimes: (...args) => files.utimes(...args),
    realpath: (...args) => files.realpath(...args),
  };
}
