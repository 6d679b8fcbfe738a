/**
 * One session on a node: a login shell at a terminal, or one command as `ssh host command` runs it.
 *
 * Sessions are independent of each other and no part of the lab's state: when one is lost, files, tasks and the cluster
 * stay as they are.
 */
import type { LabPort } from "../cluster/port.ts";
import { noActivity, type ShellActivity } from "./activity.ts";
import { endOf, runAsProcess } from "./child-shell.ts";
import { type Completer, completersOf } from "./completion.ts";
import { filesOfUser } from "./files-of-user.ts";
import { History } from "./history.ts";
import { beInteractive, LOGIN_FILES } from "./interactive.ts";
import { EditorSettings } from "./line-editor/settings.ts";
import type { NodeFiles } from "./node-files.ts";
import { processTableOf } from "./node-process.ts";
import { loginPath, NOT_AVAILABLE, type NodeUser, ROOT, shellName } from "./node-user.ts";
import { type OutsideEnds, OutsideFile } from "./open-file.ts";
import type { ProgramEntry } from "./process.ts";
import { runSource } from "./script-run.ts";
import { Shell, type ShellSurroundings, setUpVariables } from "./shell.ts";
import { type Terminal, TerminalFile } from "./terminal.ts";

export interface SessionOptions {
  node: string;
  port: LabPort;
  /** All of the node, as root sees them. */
  files: NodeFiles;
  /** Who logged in; root unless said. */
  user?: NodeUser;
  /** Programs by name. */
  commands: Record<string, ProgramEntry>;
  /** The client's terminal; absent for a command without one. */
  terminal?: Terminal;
  activity?: ShellActivity;
  /** What the client sent (`LANG`), beside what a login sets. */
  environment?: Record<string, string>;
  /** Addresses of a client that came by SSH and of the node that it came to. */
  cameFrom?: { client: string; server: string };
  /** Where it starts; the user's home unless said. */
  cwd?: string;
  /** Printed before the first prompt. */
  greeting?: string;
  /**
   * A login shell began at this terminal; what it answers is called when it is over. Called behind the first prompt,
   * which does not wait for what is written down of a login.
   */
  onLogin?(tty: string): () => void;
  /** Told of names of commands that the node does not have. */
  onUnknownCommand?(name: string): void;
  /** A fault of ours inside the session: it is told in the terminal, too. */
  onFault?(error: unknown): void;
  /** By command: what Tab offers for its arguments. */
  completers?: Record<string, Completer>;
}

/** Names of Debian's `sh`. */
const DASH = new Set(["sh", "dash"]);

async function refuseLogin(user: NodeUser, say: (text: string) => unknown): Promise<number> {
  if (user.shell.endsWith("/nologin")) await say(NOT_AVAILABLE);
  return 1;
}

/** Streams of a command without a terminal. */
export interface CommandStreams {
  stdin: OutsideEnds;
  stdout: OutsideEnds;
  stderr: OutsideEnds;
}

export interface ShellSession {
  /** The prompt, until the learner logs out or the client is gone. Answers the shell's status. */
  runInteractive(): Promise<number>;
  /** One command line; with a terminal its streams are the terminal's. */
  runCommand(commandLine: string, streams?: CommandStreams): Promise<number>;
  /** The client is gone: everything the session started gets SIGHUP, and its reads end. */
  hangUp(): void;
  /** A signal that the client asks for. */
  signal(name: Parameters<Shell["process"]["deliver"]>[0]): void;
}

export function createShellSession(options: SessionOptions): ShellSession {
  const { node, port, terminal, user = ROOT } = options;
  const processes = processTableOf(port, node);
  const around: ShellSurroundings = {
    node,
    port,
    files: filesOfUser(options.files, user),
    allFiles: options.files,
    commands: options.commands,
    processes,
    activity: options.activity ?? noActivity,
    terminal,
    history: new History(),
    editor: new EditorSettings(),
    completers: completersOf(options.completers),
    session: {},
    onFault: options.onFault ?? (() => {}),
    ...(options.onUnknownCommand && { onUnknownCommand: options.onUnknownCommand }),
  };
  let shell: Shell | undefined;

  const begin = (name: string): Shell => {
    const process = processes.spawn({
      command: name,
      tty: terminal ? `pts/${nextTty(processes.all().map((one) => one.tty))}` : "?",
      user,
      startedAtMs: port.read((lab) => lab.nowMs),
    });
    if (!process) throw new Error(`node ${node} has too many processes`);
    const started = new Shell(around, process);
    started.cwd = options.cwd ?? user.home;
    const logins = processes.all().filter((one) => one.tty.startsWith("pts/") && one.parentPid === 1);
    const place = logins.indexOf(process);
    const clientPort = FIRST_CLIENT_PORT + (place < 0 ? logins.length : place);
    const environment = { ...loginEnvironment(options), ...sshEnvironment(options, process.tty, clientPort) };
    setUpVariables(started, new Map(Object.entries(environment)));
    started.name = name;
    shell = started;
    if (terminal) {
      terminal.foreground = process.group;
      terminal.onKeySignal = (signal) => {
        if (terminal.foreground !== 0) processes.signalGroup(terminal.foreground, signal);
      };
      for (const fd of [0, 1, 2]) started.descriptors.set(fd, new TerminalFile(terminal));
    }
    return started;
  };

  return {
    async runInteractive() {
      const name = shellName(user.shell);
      if (name === undefined) return refuseLogin(user, (text) => terminal?.write(Buffer.from(text)));
      const login = begin(`-${name}`);
      login.login = true;
      login.dash = DASH.has(name);
      let noted = false;
      let over: (() => void) | undefined;
      const note = () => {
        if (noted) return;
        noted = true;
        over = options.onLogin?.(login.process.tty);
      };
      return runAsProcess(login, () =>
        beInteractive(login, {
          startFiles: LOGIN_FILES,
          onPrompt: note,
          ...(options.greeting !== undefined && { greeting: options.greeting }),
        }),
      ).finally(() => {
        note();
        over?.();
      });
    },
    async runCommand(commandLine, streams) {
      const name = shellName(user.shell);
      if (name === undefined)
        return refuseLogin(user, (text) => streams?.stdout.write?.(Buffer.from(text), new AbortController().signal));
      const started = begin(name);
      if (streams) {
        started.descriptors.set(0, new OutsideFile(streams.stdin));
        started.descriptors.set(1, new OutsideFile(streams.stdout));
        started.descriptors.set(2, new OutsideFile(streams.stderr));
      }
      return runAsProcess(started, () =>
        endOf(started, () => runSource(started, commandLine, { origin: "-c: ", read: true })),
      );
    },
    hangUp() {
      terminal?.hangUp();
      if (!shell) return;
      const mine = shell.process;
      const jobs = shell.jobs.jobs.filter((job) => !job.keep).map((job) => job.group);
      for (const process of processes.all()) {
        const ours = process === mine || process.group === mine.group || jobs.includes(process.group);
        const attached = terminal !== undefined && process.group === terminal.foreground;
        if (ours || attached) {
          process.deliver("SIGHUP");
          process.deliver("SIGCONT");
        }
      }
    },
    signal(name) {
      if (shell) processes.signalGroup(shell.process.group, name);
    },
  };
}

/** Logins come from this port and those behind it, as `ss` shows them. */
export const FIRST_CLIENT_PORT = 50_122;

/** What sshd tells of the connection. @source sshd(8), environment */
function sshEnvironment({ cameFrom, terminal }: SessionOptions, tty: string, port: number): Record<string, string> {
  if (!cameFrom) return {};
  const { client, server } = cameFrom;
  return {
    SSH_CLIENT: `${client} ${port} 22`,
    SSH_CONNECTION: `${client} ${port} ${server} 22`,
    ...(terminal && { SSH_TTY: `/dev/${tty}` }),
  };
}

function nextTty(taken: string[]): number {
  let number = 0;
  while (taken.includes(`pts/${number}`)) number++;
  return number;
}

function loginEnvironment(options: SessionOptions): Record<string, string> {
  const { user = ROOT } = options;
  return {
    ...options.environment,
    HOME: user.home,
    USER: user.name,
    LOGNAME: user.name,
    SHELL: user.shell,
    PATH: loginPath(user),
    PWD: options.cwd ?? user.home,
    LANG: options.environment?.LANG ?? "C.UTF-8",
    ...(options.terminal && { TERM: options.terminal.term }),
  };
}
