/** Redirections: pointing descriptors elsewhere, for one command or for good. */
import { wordText } from "./command-text.ts";
import type { Descriptors } from "./descriptors.ts";
import { expandText, expandWords } from "./expansion.ts";
import { LAB_MEMORY_TEXT } from "./lab-memory.ts";
import { ERRNO_TEXT, FileError } from "./node-files.ts";
import { NodeFile, NullFile, type OpenFile, TextFile } from "./open-file.ts";
import { assignText, worthOf } from "./parameters.ts";
import type { Shell } from "./shell.ts";
import type { RedirectionNode } from "./syntax-tree.ts";
import { TerminalFile } from "./terminal.ts";
import { ShellError } from "./variables.ts";

/** Redirections that have been carried out: taken back, or left for good. Either lets go of what they replaced. */
export interface Redirected {
  undo(): void;
  keep(): void;
}

/**
 * Carry out redirections on a table of descriptors.
 *
 * @returns how to undo or to keep them
 * @throws ShellError with the message of what could not be opened; what was done before it is undone
 */
export async function redirect(
  shell: Shell,
  redirections: readonly RedirectionNode[],
  descriptors: Descriptors,
): Promise<Redirected> {
  const saved = new Map<number, OpenFile | undefined>();
  const point = (fd: number, file: OpenFile | undefined) => {
    if (!saved.has(fd)) saved.set(fd, descriptors.get(fd)?.retain());
    if (file) descriptors.set(fd, file);
    else descriptors.close(fd);
  };
  const undo = () => {
    for (const [fd, file] of saved) {
      if (file) descriptors.set(fd, file);
      else descriptors.close(fd);
    }
  };
  try {
    for (const redirection of redirections) await redirectOne(shell, redirection, descriptors, point);
  } catch (error) {
    // What is told goes where standard error has been pointed to before.
    if (saved.has(2) && error instanceof ShellError) {
      await tellBefore(shell, error, descriptors);
      error.told = true;
    }
    undo();
    throw error;
  }
  return {
    undo,
    keep() {
      for (const file of saved.values()) file?.release();
    },
  };
}

function tellBefore(shell: Shell, error: ShellError, descriptors: Descriptors): Promise<void> {
  return say(shell, `${shell.messagePrefix()}${error.message}\n`, descriptors);
}

/** To where standard error points now. */
async function say(shell: Shell, text: string, descriptors: Descriptors): Promise<void> {
  await descriptors
    .get(2)
    ?.write(Buffer.from(text), shell.process)
    .catch((reason) => {
      if (!(reason instanceof FileError)) throw reason;
    });
}

async function redirectOne(
  shell: Shell,
  redirection: RedirectionNode,
  descriptors: Descriptors,
  point: (fd: number, file: OpenFile | undefined) => void,
): Promise<void> {
  const { operator, target } = redirection;
  const reads = ["<", "<&", "<>", "<<<", "<<", "<<-"].includes(operator);
  let fd = redirection.fd ?? (reads ? 0 : 1);
  if (redirection.fdVariable) {
    if (target.type === "Word" && (await expandText(shell, target)) === "-") {
      const worth = await worthOf(shell, redirection.fdVariable);
      const held = worth.kind === "one" ? worth.value : undefined;
      if (!held || !/^\d+$/.test(held)) throw new ShellError(`${redirection.fdVariable}: Bad file descriptor`);
      // `{name}>&-` closes for good.
      return descriptors.close(Number(held));
    }
    fd = descriptors.free();
    await assignText(shell, redirection.fdVariable, String(fd));
  }
  if (target.type === "HereDoc") {
    return point(fd, hereText(shell, await expandText(shell, target.content)));
  }
  if (operator === "<<<") {
    return point(fd, hereText(shell, `${await expandText(shell, target)}\n`));
  }
  const words = await expandWords(shell, [target]);
  if (words.length !== 1) throw new ShellError(`${wordText(target)}: ambiguous redirect`);
  const path = words[0]!;
  if (operator === ">&" || operator === "<&") {
    if (path === "-") return point(fd, undefined);
    const from = /^(\d+)(-?)$/.exec(path);
    if (from) {
      const file = descriptors.get(Number(from[1]));
      if (!file) throw new ShellError(`${path}: Bad file descriptor`);
      point(fd, file.retain());
      if (from[2]) point(Number(from[1]), undefined);
      return;
    }
    if (operator === "<&") throw new ShellError(`${path}: ambiguous redirect`);
  }
  const both = operator === "&>" || operator === "&>>" || operator === ">&";
  const mode =
    operator === "<" ? "read" : operator === "<>" ? "both" : /^(&>>|>>)$/.test(operator) ? "append" : "write";
  const file = await openPath(shell, path, mode, descriptors, { clobber: operator === ">|" });
  point(fd, file);
  if (both) point(2, file.retain());
}

/** A here-document's text, charged to its shell while a descriptor points to it. @throws ShellError */
function hereText(shell: Shell, text: string): TextFile {
  const bytes = Buffer.from(text);
  const { process } = shell;
  if (!process.charge(bytes.length)) throw new ShellError(`here-document: memory exhausted: ${LAB_MEMORY_TEXT}`);
  return new TextFile(bytes, () => void process.charge(-bytes.length));
}

/** Open a file of the node by path, with bash's messages. @throws ShellError */
async function openPath(
  shell: Shell,
  path: string,
  mode: "read" | "write" | "append" | "both",
  descriptors: Descriptors = shell.descriptors,
  options: { clobber?: boolean } = {},
): Promise<OpenFile> {
  const full = shell.resolve(path);
  const refuse = (code: keyof typeof ERRNO_TEXT): never => {
    throw new ShellError(`${path}: ${ERRNO_TEXT[code]}`);
  };
  const device = await openDevice(shell, full, descriptors);
  if (device === "none") return refuse("ENOENT");
  if (device) return device;
  if (path === "") return refuse("ENOENT");
  const { files } = shell.around;
  try {
    const stat = await files.stat(full).catch((error) => {
      if (error instanceof FileError && error.code === "ENOENT" && mode !== "read") return undefined;
      throw error;
    });
    if (mode !== "read" && stat?.type === "directory") return refuse("EISDIR");
    if (mode === "write" && stat?.type === "file" && shell.options.has("noclobber") && !options.clobber) {
      throw new ShellError(`${path}: cannot overwrite existing file`);
    }
    if (mode === "write") await files.writeFile(full, new Uint8Array(0), { mode: 0o666 & ~shell.umask });
    else if (!stat) await files.writeFile(full, new Uint8Array(0), { append: true, mode: 0o666 & ~shell.umask });
  } catch (error) {
    if (error instanceof FileError) return refuse(error.code);
    throw error;
  }
  return new NodeFile(files, full);
}

async function openDevice(
  shell: Shell,
  path: string,
  descriptors: Descriptors,
): Promise<OpenFile | "none" | undefined> {
  if (!path.startsWith("/dev/") && !path.startsWith("/proc/self/fd/")) return undefined;
  switch (path) {
    case "/dev/null":
      return new NullFile();
    case "/dev/full":
      return new NullFile("full");
    case "/dev/zero":
    case "/dev/random":
    case "/dev/urandom":
      return new NullFile("zeroes");
    case "/dev/tty":
      return shell.around.terminal ? new TerminalFile(shell.around.terminal) : "none";
    case "/dev/stdin":
      return descriptors.get(0)?.retain() ?? "none";
    case "/dev/stdout":
      return descriptors.get(1)?.retain() ?? "none";
    case "/dev/stderr":
      return descriptors.get(2)?.retain() ?? "none";
  }
  if (path.startsWith("/dev/tcp/") || path.startsWith("/dev/udp/")) {
    const { openNetworkPath } = await import("./tcp-redirection.ts");
    return openNetworkPath(shell, path, (text) => say(shell, text, descriptors));
  }
  const fd = /^(?:\/dev\/fd|\/proc\/self\/fd)\/(\d+)$/.exec(path)?.[1];
  if (fd === undefined) return undefined;
  // One of a process substitution in the redirection itself is the shell's.
  const file = descriptors.get(Number(fd)) ?? shell.descriptors.get(Number(fd));
  return file?.retain() ?? "none";
}
