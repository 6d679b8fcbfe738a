/**
 * What a program in a simulated node sees: arguments, environment, byte streams, a terminal, signals, files and the
 * model. Programs (`ping`, `watch`, `pvecm`) are written against this and nothing else; none opens a real socket or file.
 */
import type { LabPort } from "../cluster/port.ts";
import type { NodeFiles } from "./node-files.ts";
import type { NodeUser } from "./node-user.ts";

import type { TtySettings } from "./tty-settings.ts";

export type SignalName =
  | "SIGHUP"
  | "SIGINT"
  | "SIGQUIT"
  | "SIGABRT"
  | "SIGKILL"
  | "SIGUSR1"
  | "SIGUSR2"
  | "SIGPIPE"
  | "SIGALRM"
  | "SIGTERM"
  | "SIGCHLD"
  | "SIGCONT"
  | "SIGSTOP"
  | "SIGTSTP"
  | "SIGTTIN"
  | "SIGTTOU"
  | "SIGWINCH";

/** Thrown out of every wait of a program that a signal ends; the shell turns it into status 128 + number. */
export class Terminated extends Error {
  override name = "Terminated";
  readonly signal: SignalName;
  constructor(signal: SignalName) {
    super(signal);
    this.signal = signal;
  }
}

export interface ByteReader {
  /** The next bytes, at least one; undefined at the end. @throws Terminated */
  read(): Promise<Uint8Array | undefined>;
}

export interface ByteWriter {
  /** Waits while the reader is behind, so that a pipe is bounded. @throws Terminated (SIGPIPE when nobody reads any more) */
  write(bytes: Uint8Array | string): Promise<void>;
}

/** The controlling terminal of a session. */
export interface Tty {
  readonly columns: number;
  readonly rows: number;
  /** `TERM` as the client named it. */
  readonly term: string;
  /** Cooked with echo (default), cooked without echo (a password), or raw (an editor: every key as it comes). */
  setMode(mode: "cooked" | "no-echo" | "raw"): void;
  /** What `stty` shows and changes. */
  readonly settings: TtySettings;
  setSettings(settings: TtySettings): void;
  /** `stty rows`: the size as programs see it. */
  resize(columns: number, rows: number): void;
  /** One line in cooked or no-echo mode, without its newline; undefined at ^D on an empty line. @throws Terminated */
  readLine(): Promise<string | undefined>;
  /** Bytes as they come, in raw mode. @param stop ends this read alone, with its reason @throws Terminated */
  readKeys(stop?: AbortSignal): Promise<Uint8Array>;
  /** Straight to the screen, `\n` becomes `\r\n`. */
  write(bytes: Uint8Array | string): Promise<void>;
  onResize(listener: () => void): () => void;
}

export interface ProgramContext {
  /** `[name, ...arguments]`. */
  argv: string[];
  env: Map<string, string>;
  cwd: string;
  stdin: ByteReader;
  stdout: ByteWriter;
  stderr: ByteWriter;
  /** Whether these streams are the terminal itself. */
  isTty: { stdin: boolean; stdout: boolean; stderr: boolean };
  /** Absent for `ssh host command` without a terminal. */
  tty?: Tty;
  /** `pts/0`; absent without a terminal. */
  ttyName?: string;
  /** The node on which it runs. */
  node: string;
  pid: number;
  /** Who runs it. */
  user: NodeUser;
  /** As that user may use them. */
  files: NodeFiles;
  lab: LabPort;
  /** Aborts with a Terminated as its reason when a signal ends the program: pass it to `lab.sleep` and `lab.until`. */
  signal: AbortSignal;
  /** Ask to be told of a signal instead of being ended by it; returns the way to stop that. */
  onSignal(name: SignalName, listener: () => void): () => void;
  /**
   * The program keeps so many bytes more, until it ends or gives them back with a negative number.
   *
   * @throws MemoryExhausted when the programs and shells of the lab hold all that they may
   */
  hold(bytes: number): void;
  /** Stops the program's process group, as ^Z does; resolves when it goes on. @throws Terminated */
  stop(): Promise<void>;
  /** Gives way to others; programs that compute call it in their loops. @throws Terminated */
  breathe(): Promise<void>;
  /** Run another command line in a subshell with the given streams (for `watch`, `xargs`, `timeout`, `ssh`). */
  run(
    commandLine: string,
    options?: { node?: string; stdin?: ByteReader; stdout?: ByteWriter; stderr?: ByteWriter },
  ): Promise<number>;
  /** Run a shell as another user, with this program's streams and terminal (for `su`). */
  runAs?(user: NodeUser, shell: { argv: string[]; environment: Map<string, string>; cwd: string }): Promise<number>;
  /** Run a command line in a process group of its own and go on meanwhile (for `timeout`). */
  runStoppable?(commandLine: string): RunningCommand;
}

/** A command line that runs beside the program that started it. */
export interface RunningCommand {
  /** Resolves with its status. */
  ended: Promise<number>;
  /** Send a signal to everything it runs. */
  deliver(signal: SignalName): void;
}

/** A program: answers with its exit status, 0 to 255. */
export type Program = (context: ProgramContext) => Promise<number>;

export interface ProgramEntry {
  program: Program;
  /** Where `which` finds it: `/usr/bin/pvecm`. */
  path: string;
  /** False for one that only says that it is not modelled. */
  modelled?: false;
  /**
   * What it may do for others than root: `setuid` all that root may, `elsewhere` what the other side allows it (it asks
   * for a login there); absent, it changes nothing of the node but files.
   */
  rights?: "setuid" | "elsewhere";
  /** What it does when somebody other than root runs it, where that is something else. */
  forOthers?: Program;
}
