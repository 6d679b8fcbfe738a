/** ssh between the nodes of a lab. @source ssh(1) of OpenSSH 9.2, its own wording */
import { createNodeFiles } from "../../node-view/node-files-adapter.ts";
import { KERNEL } from "../../shell/kernel-name.ts";
import { type ProgramContext, Terminated } from "../../shell/process.ts";
import { createShellSession, type ShellSession } from "../../shell/session.ts";
import { Terminal } from "../../shell/terminal.ts";
import { completers } from "../completers.ts";
import { guestSession } from "../guest/guest-session.ts";
import { notModelled } from "../printed.ts";
import { qnetdSession } from "../qnetd-host/qnetd-session.ts";
import { BadConfig } from "./client-config.ts";
import { dumpOf } from "./config-dump.ts";
import { lastLoginText, noteTerminal } from "./login-terminals.ts";
import { type ResolvedHost, resolveHost } from "./resolved-host.ts";
import { parseSsh, type SshCommandLine } from "./ssh-arguments.ts";
import { connectTo, SSH_FAILED, type SshConnection } from "./ssh-client.ts";

export async function ssh(context: ProgramContext): Promise<number> {
  const line = parseSsh(context.argv.slice(1));
  if ("text" in line) {
    await (line.status === 0 && !line.text.startsWith("OpenSSH") ? context.stdout : context.stderr).write(line.text);
    return line.status;
  }
  const { options, target } = line;
  if (line.notModelled !== undefined) {
    await context.stderr.write(notModelled("ssh", line.notModelled));
    return SSH_FAILED;
  }
  let host: ResolvedHost;
  let connection: SshConnection | undefined;
  try {
    host = await resolveHost(context, target, options);
    if (line.mode === "dump") {
      await context.stdout.write(dumpOf(host));
      return 0;
    }
    connection = await connectTo(context, host, options);
  } catch (error) {
    if (!(error instanceof BadConfig)) throw error;
    await context.stderr.write(`${error.message}\n`);
    return SSH_FAILED;
  }
  if (!connection) return SSH_FAILED;
  if (line.mode === "nothing" || host.setting("sessiontype") === "none") return withoutCommand(context, connection);
  if (line.mode === "subsystem") {
    await context.stderr.write(notModelled("ssh", "-s"));
    return SSH_FAILED;
  }
  const command = line.command ?? host.setting("remotecommand");
  const asked = terminalAsked(line, host);
  const wanted = asked === "force" || asked === "always" || (asked === "auto" && command === undefined);
  const atTerminal = wanted && context.isTty.stdin && context.tty !== undefined;
  if (wanted && !atTerminal && !host.quiet) {
    await context.stderr.write("Pseudo-terminal will not be allocated because stdin is not a terminal.\n");
  }
  if (atTerminal && connection.limits?.noTerminal) {
    await context.stderr.write("PTY allocation request failed on channel 0\n");
  } else if (atTerminal) return atRemoteTerminal(context, connection, command);
  const noInput = line.noInput || host.isSet("stdinnull");
  if (command !== undefined) await host.debug(`Sending command: ${command}`);
  const status = await withStreams(context, connection, command ?? "bash -s", noInput);
  await host.debug(`Exit status ${status}`);
  return status;
}

/** `-t` and its kin, else what the configuration says. */
function terminalAsked(line: SshCommandLine, host: ResolvedHost): SshCommandLine["terminal"] {
  if (line.terminal !== "auto") return line.terminal;
  const said = host.setting("requesttty")?.toLowerCase();
  if (said === "force") return "force";
  if (said === "yes" || said === "true") return "always";
  return said === "no" || said === "false" ? "never" : "auto";
}

/** `-N`: the connection alone, until it ends. */
async function withoutCommand(context: ProgramContext, connection: SshConnection): Promise<number> {
  const { host } = connection;
  const how = await context.lab.until(
    () => (connection.state() === "closed" || connection.state() === "reset" ? connection.state() : undefined),
    { signal: context.signal },
  );
  const peer = `${connection.address} port ${host.port}`;
  await context.stderr.write(
    how === "reset"
      ? `client_loop: send disconnect: Connection reset\n`
      : `Connection to ${host.hostname} closed by remote host.\nConnection to ${peer} closed.\n`,
  );
  return SSH_FAILED;
}

/** Run a command on the other node with this program's streams. */
async function withStreams(
  context: ProgramContext,
  connection: SshConnection,
  command: string,
  noInput = false,
): Promise<number> {
  const session = await sessionAt(context, connection, { asked: command });
  const passed = async (bytes: Uint8Array, out: { write(bytes: Uint8Array): Promise<void> }) => {
    await untilPassable(context, connection);
    await out.write(bytes);
  };
  return hangingUpWith(context, session, connection, () =>
    session.runCommand(connection.limits?.command ?? command, {
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
  asked: string | undefined,
): Promise<number> {
  const tty = context.tty!;
  const host = connection.host.hostname;
  const command = connection.limits?.command ?? asked;
  await connection.settle();
  const remote = new Terminal({
    columns: tty.columns,
    rows: tty.rows,
    term: tty.term,
    send: async (bytes) => {
      await untilPassable(context, connection);
      await tty.write(withoutReturns(bytes));
    },
  });
  const session = await sessionAt(context, connection, { asked, terminal: remote });
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
    if (!connection.host.quiet) await context.stderr.write(`Connection to ${host} closed.\n`);
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
async function sessionAt(
  context: ProgramContext,
  connection: SshConnection,
  { asked, terminal }: { asked?: string | undefined; terminal?: Terminal },
): Promise<ShellSession> {
  const { node, guest, qnetd, limits } = connection;
  if (guest) return guestSession(context, guest, terminal);
  if (qnetd) return qnetdSession(context, node, terminal);
  const language = context.env.get("LANG");
  // ssh is one of them: they are all there by the time that it runs.
  const { allCommands } = await import("../commands.ts");
  return createShellSession({
    node,
    port: context.lab,
    files: createNodeFiles(context.lab, node),
    commands: allCommands,
    completers,
    environment: {
      ...(language !== undefined && { LANG: language }),
      ...(limits?.command !== undefined && asked !== undefined && { SSH_ORIGINAL_COMMAND: asked }),
    },
    ...(connection.user && { user: connection.user }),
    onLogin: (tty) =>
      noteTerminal(context.lab, node, { user: connection.user?.name ?? "root", tty, from: connection.client }),
    cameFrom: { client: connection.client, server: connection.address },
    activity: { touch: () => void context.breathe().catch(() => undefined) },
    ...(terminal && {
      terminal,
      greeting: `Linux ${node} ${KERNEL.release} ${KERNEL.version} x86_64\n${lastLoginText(context.lab, node, connection.user?.name ?? "root")}`,
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
