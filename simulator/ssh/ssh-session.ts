/** Channels of an SSH connection: shells with a terminal, and commands with and without one. */
import type { Connection, PseudoTtyInfo, ServerChannel, Session } from "ssh2";
import { mainAddressOf } from "../cluster/host-network/node-address.ts";
import type { LabPort } from "../cluster/port.ts";
import { availableKb, mountedSpace, mountOf } from "../commands/coreutils/df.ts";
import { gatewayAddress } from "../commands/coreutils/logins.ts";
import type { KeyLimits } from "../commands/ssh/authorized-keys.ts";
import { lastLoginText, noteTerminal } from "../commands/ssh/login-terminals.ts";
import type { ShellActivity } from "../shell/activity.ts";
import type { Completer } from "../shell/completion.ts";
import { filesOfUser } from "../shell/files-of-user.ts";
import { KERNEL } from "../shell/kernel-name.ts";
import type { NodeFiles } from "../shell/node-files.ts";
import { type NodeUser, ROOT } from "../shell/node-user.ts";
import type { ProgramEntry } from "../shell/process.ts";
import { createShellSession, type ShellSession } from "../shell/session.ts";
import { signalByText } from "../shell/signals.ts";
import { Terminal } from "../shell/terminal.ts";
import { serveSftp } from "./sftp.ts";
import type { FileSystemRoom } from "./sftp-extensions.ts";

/** Channels of one connection at once, as sshd's `MaxSessions`. */
const SESSIONS_MAX = 10;
/** Environment variables that a client may send, as Debian's `AcceptEnv`. */
const ACCEPTED_ENVIRONMENT = /^(LANG|LC_[A-Z]+|COLORTERM)$/;

export interface SessionSurroundings {
  node: string;
  port: LabPort;
  files: NodeFiles;
  /** Who logged in; root unless said. */
  user?: NodeUser;
  /** Writes down who came, the first time it is called. */
  noteArrival(): void;
  /** What the key that was shown allows; absent after a password. */
  limits?: KeyLimits;
  commands: Record<string, ProgramEntry>;
  activity?: ShellActivity;
  completers: Record<string, Completer>;
  onFault?(error: unknown): void;
  onUnknownCommand?(name: string): void;
}

export function serveSessions(connection: Connection, around: SessionSurroundings): void {
  let open = 0;
  connection.on("session", (accept, reject) => {
    if (open >= SESSIONS_MAX) return reject();
    open++;
    const session = accept();
    session.on("close", () => open--);
    serveSession(session, around);
  });
}

/** Of the file system on which a path lies, what `df` says of it. */
function roomOf({ port, node }: SessionSurroundings): (path: string) => FileSystemRoom {
  const blockBytes = 4_096;
  const blocks = (kb: number) => (kb * 1024) / blockBytes;
  return (path) => {
    const mount = mountOf(mountedSpace({ lab: port, node }), path);
    return {
      blockBytes,
      blocks: blocks(mount.sizeKb),
      freeBlocks: blocks(mount.sizeKb - mount.usedKb),
      availableBlocks: blocks(availableKb(mount)),
      inodes: mount.inodes,
      freeInodes: mount.inodes - mount.usedInodes,
    };
  };
}

function serveSession(session: Session, around: SessionSurroundings): void {
  const environment: Record<string, string> = {};
  let pty: PseudoTtyInfo | undefined;
  let terminal: Terminal | undefined;
  let shell: ShellSession | undefined;
  // A reply is wanted or not; ssh2 gives the functions only when it is.
  session.on("env", (accept: (() => void) | undefined, reject: (() => void) | undefined, info) => {
    if (!ACCEPTED_ENVIRONMENT.test(info.key) || info.val.length > 256) return reject?.();
    environment[info.key] = info.val;
    accept?.();
  });
  const { limits } = around;
  session.on("pty", (accept: (() => void) | undefined, reject: (() => void) | undefined, info) => {
    if (limits?.noTerminal) return reject?.();
    pty = info;
    accept?.();
  });
  session.on("window-change", (accept: (() => void) | undefined, _reject, info) => {
    accept?.();
    terminal?.resize(columnsOf(info.cols), rowsOf(info.rows));
  });
  session.on("signal", (accept: (() => void) | undefined, reject: (() => void) | undefined, info) => {
    const name = signalByText(info.name);
    if (!name || !shell) return reject?.();
    shell.signal(name);
    accept?.();
  });
  const begin = (channel: ServerChannel, run: (started: ShellSession) => Promise<number>, greeting?: string) => {
    if (pty) terminal = terminalOf(channel, pty, around.activity);
    const started = createShellSession({
      node: around.node,
      port: around.port,
      files: around.files,
      ...(around.user && { user: around.user }),
      onLogin: (tty) => {
        around.noteArrival();
        return noteTerminal(around.port, around.node, { user: around.user?.name ?? "root", tty });
      },
      commands: around.commands,
      environment,
      cameFrom: around.port.read((lab) => ({
        client: gatewayAddress(lab, around.node),
        server: mainAddressOf(lab, around.node) ?? "127.0.0.1",
      })),
      completers: around.completers,
      ...(around.onFault && { onFault: around.onFault }),
      ...(around.onUnknownCommand && { onUnknownCommand: around.onUnknownCommand }),
      ...(around.activity && { activity: around.activity }),
      ...(terminal && { terminal }),
      ...(greeting !== undefined && { greeting }),
    });
    shell = started;
    channel.on("close", () => started.hangUp());
    channel.on("error", () => started.hangUp());
    void finish(channel, run(started));
  };
  const runForced = (channel: ServerChannel, command: string, asked: string | undefined) => {
    around.noteArrival();
    if (asked !== undefined) environment.SSH_ORIGINAL_COMMAND = asked;
    begin(channel, (started) => started.runCommand(command, pty ? undefined : streamsOf(channel)));
  };
  session.on("shell", (accept) => {
    const channel = accept();
    if (limits?.command !== undefined) return runForced(channel, limits.command, undefined);
    if (!pty) {
      around.noteArrival();
      return begin(channel, (started) => started.runCommand("bash -s", streamsOf(channel)));
    }
    begin(channel, (started) => started.runInteractive(), greetingOf(around));
  });
  session.on("sftp", (accept, reject) => {
    if (limits?.command !== undefined) return reject();
    around.noteArrival();
    const files = filesOfUser(around.files, around.user ?? ROOT);
    serveSftp(accept(), files, roomOf(around), () => around.activity?.touch());
  });
  session.on("exec", (accept, _reject, info) => {
    const channel = accept();
    if (limits?.command !== undefined) return runForced(channel, limits.command, info.command);
    around.noteArrival();
    begin(channel, (started) => started.runCommand(info.command, pty ? undefined : streamsOf(channel)));
  });
}

/** Say how it ended, after everything it printed has been taken. */
async function finish(channel: ServerChannel, run: Promise<number>): Promise<void> {
  let status = 255;
  try {
    status = await run;
    await drained(channel);
  } catch (error) {
    if (!channel.destroyed)
      channel.stderr.write(`the session ended at a fault: ${error instanceof Error ? error.message : error}\n`);
  }
  if (channel.destroyed) return;
  channel.exit(status);
  channel.end();
}

function drained(channel: ServerChannel): Promise<unknown> {
  return Promise.race([
    Promise.all([written(channel, channel, new Uint8Array(0)), written(channel, channel.stderr, new Uint8Array(0))]),
    closed(channel),
  ]);
}

function terminalOf(channel: ServerChannel, pty: PseudoTtyInfo, activity: ShellActivity | undefined): Terminal {
  const terminal = new Terminal({
    columns: columnsOf(pty.cols),
    rows: rowsOf(pty.rows),
    term: /^[\w.+-]{1,64}$/.test(pty.term) ? pty.term : "xterm-256color",
    send: (bytes) => sendTo(channel, channel, bytes),
    ...(activity && { activity }),
  });
  channel.on("data", (bytes: Buffer) => terminal.input(bytes));
  return terminal;
}

function streamsOf(channel: ServerChannel) {
  return {
    stdin: { read: (signal: AbortSignal) => readFrom(channel, signal) },
    stdout: { write: (bytes: Uint8Array) => sendTo(channel, channel, bytes) },
    stderr: { write: (bytes: Uint8Array) => sendTo(channel, channel.stderr, bytes) },
  };
}

/** Waits while the client's window is full; resolves at once when the client is gone. */
async function sendTo(channel: ServerChannel, stream: NodeJS.WritableStream, bytes: Uint8Array): Promise<void> {
  if (channel.destroyed || channel.writableEnded) return;
  if (!stream.write(bytes)) {
    await Promise.race([new Promise<void>((resolve) => stream.once("drain", resolve)), closed(channel)]);
  }
}

function written(channel: ServerChannel, stream: NodeJS.WritableStream, bytes: Uint8Array): Promise<void> {
  if (channel.destroyed) return Promise.resolve();
  return new Promise((resolve) => stream.write(bytes, () => resolve()));
}

function closed(channel: ServerChannel): Promise<void> {
  if (channel.destroyed) return Promise.resolve();
  return new Promise((resolve) => channel.once("close", () => resolve()));
}

function readFrom(channel: ServerChannel, signal: AbortSignal): Promise<Uint8Array | undefined> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const finish = () => {
      channel.off("readable", look);
      channel.off("end", ended);
      channel.off("close", ended);
      signal.removeEventListener("abort", aborted);
    };
    const look = () => {
      const bytes: Buffer | null = channel.read();
      if (bytes === null) {
        if (channel.readableEnded || channel.destroyed) ended();
        return;
      }
      finish();
      resolve(bytes);
    };
    const ended = () => {
      finish();
      resolve(undefined);
    };
    const aborted = () => {
      finish();
      reject(signal.reason);
    };
    channel.on("readable", look);
    channel.on("end", ended);
    channel.on("close", ended);
    signal.addEventListener("abort", aborted, { once: true });
    look();
  });
}

function columnsOf(columns: number): number {
  return Math.min(Math.max(columns || 80, 1), 1_000);
}

function rowsOf(rows: number): number {
  return Math.min(Math.max(rows || 24, 1), 500);
}

function greetingOf({ node, port, user = ROOT }: SessionSurroundings): string {
  return `Linux ${node} ${KERNEL.release} ${KERNEL.version} x86_64\n${lastLoginText(port, node, user.name)}`;
}
