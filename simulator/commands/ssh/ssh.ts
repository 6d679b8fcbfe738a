/** ssh between the nodes of a lab. @source ssh(1) of OpenSSH 9.2, its own wording */
import { createNodeFiles } from "../../node-view/node-files-adapter.ts";
import { KERNEL } from "../../shell/kernel-name.ts";
import { type ProgramContext, Terminated } from "../../shell/process.ts";
import { createShellSession, type ShellSession } from "../../shell/session.ts";
import { Terminal } from "../../shell/terminal.ts";
import { allCommands } from "../commands.ts";
import { completers } from "../completers.ts";
import { guestSession } from "../guest/guest-session.ts";
import { qnetdSession } from "../qnetd-host/qnetd-session.ts";
import { parseSsh } from "./ssh-arguments.ts";
import { connectSsh, SSH_FAILED, type SshConnection } from "./ssh-client.ts";

export async function ssh(context: ProgramContext): Promise<number> {
  const line = parseSsh(context.argv.slice(1));
  if ("usage" in line) {
    await context.stderr.write(line.usage);
    return SSH_FAILED;
  }
  const connection = await connectSsh(context, line.target, line.options);
  if (!connection) return SSH_FAILED;
  const wanted = line.terminal === "always" || (line.terminal === "auto" && line.command === undefined);
  const atTerminal = wanted && context.isTty.stdin && context.tty !== undefined;
  if (wanted && !atTerminal && line.command === undefined && line.terminal === "auto") {
    await context.stderr.write("Pseudo-terminal will not be allocated because stdin is not a terminal.\n");
  }
  if (atTerminal) return atRemoteTerminal(context, connection, line.target.host, line.command);
  return withStreams(context, connection, line.command ?? "bash -s", line.noInput);
}

/** Run a command on the other node with this program's streams. */
async function withStreams(
  context: ProgramContext,
  connection: SshConnection,
  command: string,
  noInput = false,
): Promise<number> {
  const session = sessionAt(context, connection);
  const passed = async (bytes: Uint8Array, out: { write(bytes: Uint8Array): Promise<void> }) => {
    await untilPassable(context, connection);
    await out.write(bytes);
  };
  return hangingUpWith(context, session, connection, () =>
    session.runCommand(command, {
      stdin: { read: async () => (noInput ? undefined : context.stdin.read()) },
      stdout: { write: (bytes) => passed(bytes, context.stdout) },
      stderr: { write: (bytes) => passed(bytes, context.stderr) },
    }),
  );
}

/** A terminal on the other node within this one: keys go there as they come, `~.` after a line's end breaks off. */
async function atRemoteTerminal(
  context: ProgramContext,
  connection: SshConnection,
  host: string,
  command: string | undefined,
): Promise<number> {
  const tty = context.tty!;
  const remote = new Terminal({
    columns: tty.columns,
    rows: tty.rows,
    term: tty.term,
    send: async (bytes) => {
      await untilPassable(context, connection);
      await tty.write(withoutReturns(bytes));
    },
  });
  const session = sessionAt(context, connection, remote);
  const over = new AbortController();
  const stopResize = tty.onResize(() => remote.resize(tty.columns, tty.rows));
  tty.setMode("raw");
  let lost: string | undefined;
  const keys = passKeys(context, connection, remote, over.signal).then((reason) => {
    lost = reason;
    if (reason !== undefined) session.hangUp();
  });
  try {
    const status = await hangingUpWith(context, session, connection, () =>
      command === undefined ? session.runInteractive() : session.runCommand(command),
    );
    over.abort(new Error("the session has ended"));
    await keys;
    tty.setMode("cooked");
    if (lost !== undefined) {
      await tty.write(`\r${lost}\n`);
      return SSH_FAILED;
    }
    if (connection.state() !== "up") {
      await tty.write(`\rConnection to ${host} closed by remote host.\nConnection to ${host} closed.\n`);
      return SSH_FAILED;
    }
    await context.stderr.write(`Connection to ${host} closed.\n`);
    return status;
  } finally {
    over.abort(new Error("the session has ended"));
    stopResize();
    tty.setMode("cooked");
  }
}

/** TCP gives up on a silent peer after so long. @source tcp(7) tcp_retries2: 924 s */
const TCP_GIVES_UP_MS = 924_000;

/** Keys to the other node, until the session is over. @returns why the connection ended, when that was here */
async function passKeys(
  context: ProgramContext,
  connection: SshConnection,
  remote: Terminal,
  over: AbortSignal,
): Promise<string | undefined> {
  let atLineStart = true;
  let escaped = false;
  let waiting: Promise<string | undefined> = Promise.resolve(undefined);
  const broken: { reason: string | undefined } = { reason: undefined };
  const broke = new AbortController();
  try {
    for (;;) {
      const bytes = await context.tty!.readKeys(AbortSignal.any([over, broke.signal]));
      if (broken.reason !== undefined) return broken.reason;
      if (connection.state() === "closed") return undefined;
      if (bytes.length === 0) return "client_loop: send disconnect: Broken pipe";
      const passed: number[] = [];
      for (const byte of bytes) {
        if (escaped) {
          escaped = false;
          if (byte === 0x2e) return "Connection closed.";
          if (byte !== 0x7e) passed.push(0x7e);
          passed.push(byte);
        } else if (atLineStart && byte === 0x7e) escaped = true;
        else passed.push(byte);
        atLineStart = byte === 0x0d || byte === 0x0a;
      }
      if (passed.length === 0) continue;
      if (connection.state() === "up") remote.input(Uint8Array.from(passed));
      else {
        // Nothing comes back: what is typed waits in the kernel until the path is there again.
        waiting = waiting.then(async () => {
          const state = await context.lab.until(
            () => (connection.state() === "silent" ? undefined : connection.state()),
            {
              timeoutMs: TCP_GIVES_UP_MS,
              signal: AbortSignal.any([over, context.signal]),
            },
          );
          if (state === "up") remote.input(Uint8Array.from(passed));
          else if (state !== "closed")
            broken.reason = `client_loop: send disconnect: ${state === "reset" ? "Connection reset by peer" : "Broken pipe"}`;
          if (broken.reason !== undefined) broke.abort(new Error("the connection is broken"));
          return broken.reason;
        });
        waiting.catch(() => undefined);
      }
    }
  } catch (error) {
    if (over.aborted || broke.signal.aborted || error instanceof Terminated) return broken.reason;
    throw error;
  }
}

async function untilPassable(context: ProgramContext, connection: SshConnection): Promise<void> {
  if (connection.state() !== "silent") return;
  await context.lab.until(() => (connection.state() === "silent" ? undefined : true), { signal: context.signal });
}

/** A session on the other node, in the same lab. */
function sessionAt(context: ProgramContext, connection: SshConnection, terminal?: Terminal): ShellSession {
  const { node, guest, qnetd } = connection;
  if (guest) return guestSession(context, guest, terminal);
  if (qnetd) return qnetdSession(context, node, terminal);
  const language = context.env.get("LANG");
  return createShellSession({
    node,
    port: context.lab,
    files: createNodeFiles(context.lab, node),
    commands: allCommands,
    completers,
    environment: language === undefined ? {} : { LANG: language },
    cameFrom: context.lab.read((lab) => ({
      client: lab.nodes[context.node]?.nics[0]?.address ?? "127.0.0.1",
      server: lab.nodes[node]?.nics[0]?.address ?? "127.0.0.1",
    })),
    activity: { touch: () => void context.breathe().catch(() => undefined) },
    ...(terminal && {
      terminal,
      greeting: `Linux ${node} ${KERNEL.release} ${KERNEL.version} x86_64\n`,
    }),
  });
}

/** When a signal ends this program, the other side hears of it. */
async function hangingUpWith(
  context: ProgramContext,
  session: ShellSession,
  connection: SshConnection,
  work: () => Promise<number>,
): Promise<number> {
  const hangUp = () => session.hangUp();
  context.signal.addEventListener("abort", hangUp, { once: true });
  const over = new AbortController();
  if (connection.guest) {
    // A system that shuts down in good order ends its sessions, whatever they wait for.
    context.lab
      .until(() => (connection.state() === "closed" ? true : undefined), { signal: over.signal, background: true })
      .then(hangUp, () => undefined);
  }
  try {
    return await work();
  } catch (error) {
    if (error instanceof Terminated && !context.signal.aborted) return SSH_FAILED;
    throw error;
  } finally {
    over.abort(new Error("the session has ended"));
    context.signal.removeEventListener("abort", hangUp);
  }
}

/** The far terminal ends lines with both characters, and the near one adds its own. */
function withoutReturns(bytes: Uint8Array): Uint8Array {
  return bytes.filter((byte, at) => byte !== 0x0d || bytes[at + 1] !== 0x0a);
}
