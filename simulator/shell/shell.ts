/**
 * One shell process: its variables, functions, options, descriptors and traps. A subshell is a copy with a process of
 * its own. What walks the syntax tree is in `executor.ts`.
 */

import { hostNameOf } from "../cluster/node-settings/host-name.ts";
import type { LabPort } from "../cluster/port.ts";
import { wallOffsetOf } from "../cluster/wall-clock.ts";
import type { ShellActivity } from "./activity.ts";
import { integerText } from "./assignment.ts";
import type { Completer } from "./completion.ts";
import { Descriptors } from "./descriptors.ts";
import { History } from "./history.ts";
import { JobTable } from "./jobs.ts";
import { EditorSettings } from "./line-editor/settings.ts";
import type { NodeFiles } from "./node-files.ts";
import type { NodeProcess, ProcessTable } from "./node-process.ts";
import { type ProgramEntry, type SignalName, Terminated } from "./process.ts";
import { DEFAULT_PATH } from "./program-lookup.ts";
import { parseScript } from "./syntax.ts";
import type { FunctionDefNode } from "./syntax-tree.ts";
import type { Terminal } from "./terminal.ts";
import { nextTurn, turnIsOver } from "./turns.ts";
import { ShellError, Variables } from "./variables.ts";

/** What all shells of a session share. */
export interface ShellSurroundings {
  node: string;
  port: LabPort;
  /** As the user of the session's processes may use them. */
  files: NodeFiles;
  /** As root may. */
  allFiles: NodeFiles;
  /** Programs by name. */
  commands: Record<string, ProgramEntry>;
  processes: ProcessTable;
  activity: ShellActivity;
  terminal: Terminal | undefined;
  history: History;
  /** What `bind` changes. */
  editor: EditorSettings;
  /** Told of a name that is no command here, or of one that is not modelled. */
  onUnknownCommand?(name: string): void;
  /** Told of a fault of ours; the session says so and goes on. */
  onFault(error: unknown): void;
  /** By command: what Tab offers for its arguments. */
  completers: ReadonlyMap<string, Completer>;
  /** The same for all shells of a session: turns go round between sessions. */
  session: object;
}

/** `break`, `continue`, `return` and `exit` on their way up. */
export class LoopExit extends Error {
  readonly kind: "break" | "continue";
  levels: number;
  /** Of the loop that it ends. */
  readonly status: number;
  constructor(kind: "break" | "continue", levels: number, status = 0) {
    super(kind);
    this.kind = kind;
    this.levels = levels;
    this.status = status;
  }
}

export class FunctionReturn extends Error {
  readonly status: number;
  constructor(status: number) {
    super("return");
    this.status = status;
  }
}

export class ShellExit extends Error {
  readonly status: number;
  constructor(status: number) {
    super("exit");
    this.status = status;
  }
}

/** Options of `set`, by their long names. */
export const SET_OPTIONS = {
  allexport: "a",
  braceexpand: "B",
  emacs: "",
  errexit: "e",
  errtrace: "E",
  functrace: "T",
  hashall: "h",
  histexpand: "H",
  history: "",
  ignoreeof: "",
  "interactive-comments": "",
  keyword: "k",
  monitor: "m",
  noclobber: "C",
  noexec: "n",
  noglob: "f",
  nolog: "",
  notify: "b",
  nounset: "u",
  onecmd: "t",
  physical: "P",
  pipefail: "",
  posix: "",
  privileged: "p",
  verbose: "v",
  vi: "",
  xtrace: "x",
} as const;
export type SetOption = keyof typeof SET_OPTIONS;

/** Options of `shopt` that are on when a shell begins. */
const SHOPTS_ON =
  "checkwinsize cmdhist complete_fullquote extquote force_fignore globasciiranges globskipdots hostcomplete interactive_comments patsub_replacement progcomp promptvars sourcepath".split(
    " ",
  );

export interface FunctionFrame {
  name: string;
  /** Where it was called, and the file that holds it: `environment` for a function of `bash -c`. */
  line: number;
  source: string;
  /** Options of `set` to return to, after `local -`. */
  options?: Set<SetOption>;
}

export class Shell {
  readonly around: ShellSurroundings;
  readonly process: NodeProcess;
  variables = new Variables();
  functions = new Map<string, FunctionDefNode>();
  aliases = new Map<string, string>();
  options = new Set<SetOption>(["braceexpand", "hashall", "interactive-comments"]);
  shopts = new Set<string>(SHOPTS_ON);
  descriptors = new Descriptors();
  cwd = "/root";
  umask = 0o022;
  /** Builtins that `enable -n` took away: programs of their names are run. */
  disabledBuiltins = new Set<string>();
  /** Where its commands come from: `bash -c`, a file, standard input. */
  source: "text" | "file" | "input" = "text";
  /** By signal name without SIG, or EXIT, ERR, DEBUG, RETURN; empty text means ignored. */
  traps = new Map<string, string>();
  /** Of the shell that this one is a subshell of: `trap` lists them until one of its own is set. */
  inheritedTraps: ReadonlyMap<string, string> | undefined;
  pendingTraps: SignalName[] = [];
  /** What ends a wait when a trap has something to do. */
  trapArrived = new Set<() => void>();
  inTrap = false;
  positional: string[] = [];
  /** `$0`. */
  name = "-bash";
  lastStatus = 0;
  lastBackground: number | undefined;
  pipeStatus: number[] = [0];
  /** `$$`: the pid of the shell that this one is a subshell of. */
  shellPid: number;
  interactive = false;
  /** It or the shell that it is a subshell of is typed into: messages name no line. */
  typed = false;
  login = false;
  /** `sh`: Debian's dash, which has no line editor, no history and prompts of its own. */
  dash = false;
  /** `exec` has put a program in its place. */
  replaced = false;
  /** A script or `-c`: errors name it and the line. */
  subshellDepth = 0;
  jobs = new JobTable();
  calls: FunctionFrame[] = [];
  /** The same with the script and the files that it reads: `BASH_SOURCE` and its kin. */
  frames: FunctionFrame[] = [];
  sourceDepth = 0;
  loopDepth = 0;
  /** Command substitutions around this one, which `set -x` shows. */
  substitutionDepth = 0;
  /** What `$BASH_COMMAND` tells: the command that runs, or ran when a trap began. */
  presentCommand: () => string = () => "";
  /** Jobs of the shell that this one is a subshell of, for `jobs | cat`. */
  parentJobs: JobTable | undefined;
  /** Coprocesses that have not been seen to end. */
  coprocesses: { name: string; process: NodeProcess; fds: number[] }[] = [];
  /** Where `set -x` writes. */
  traceFd = 2;
  /** Where programs were found, and how often that was asked. */
  hashed = new Map<string, { path: string; hits: number }>();
  /** Functions that `export -f` hands to other shells. */
  exportedFunctions = new Set<string>();
  /** Above 0 inside conditions, where `set -e` does not end the shell. */
  lenient = 0;
  line = 0;
  /** Status of the last command substitution of the present command. */
  substitutionStatus: number | undefined;
  /** Bytes of command substitutions that words of commands under way are made of; charged until each command ends. */
  capturedBytes = 0;
  commandsUnderWay = 0;
  /** Descriptors of process substitutions, closed when their command is done. */
  temporaryDescriptors: number[] = [];
  /** `exit` has said once that there are stopped jobs. */
  warnedOfJobs = false;
  /** How often ^D was only answered, and the number of the command that is typed next. */
  endsIgnored = 0;
  commandNumber = 1;
  /** Statuses of background processes that were waited for, by pid. */
  endedJobs = new Map<number, number>();
  /** getopts' place inside the present argument. */
  optionOffset = 0;
  directoryStack: string[] = [];
  startedAtMs: number;
  /** The host name when it began, as bash keeps it. */
  readonly hostName: string;
  #random: number;

  constructor(around: ShellSurroundings, process: NodeProcess, hostName?: string) {
    this.around = around;
    this.process = process;
    this.shellPid = process.pid;
    this.startedAtMs = around.port.read((lab) => lab.nowMs);
    this.hostName = hostName ?? around.port.read((lab) => hostNameOf(lab, around.node));
    this.#random = (process.pid * 7_919 + Math.floor(this.startedAtMs)) & 0x7fffffff;
    this.variables.special = (name) => this.#computed(name);
    this.variables.charge = (bytes) => process.charge(bytes);
    this.variables.assigned = (name, value) => this.#assigned(name, value);
  }

  /** Variables that the shell computes can be set, too: from then on they count from there. */
  #assigned(name: string, value: string): void {
    if (name === "SECONDS") this.startedAtMs = this.around.port.read((lab) => lab.nowMs) - (Number(value) || 0) * 1000;
    if (name === "PATH") this.hashed.clear();
    if (name === "RANDOM") this.#random = (Number(value) || 0) & 0x7fffffff;
  }

  /** A subshell's copy with a process and descriptors of its own. @throws ShellError when no more processes may be */
  fork(options: { group?: number; command?: string } = {}): Shell {
    const process = this.around.processes.spawn({
      command: options.command ?? this.process.command,
      parent: this.process,
      startedAtMs: this.around.port.read((lab) => lab.nowMs),
      ...(options.group !== undefined && { group: options.group === 0 ? undefined : options.group }),
    });
    if (!process) throw new ShellError("fork: retry: Resource temporarily unavailable", { status: 254 });
    if (options.group === 0) process.group = process.pid;
    const copy = new Shell(this.around, process, this.hostName);
    copy.variables = this.variables.copy();
    copy.variables.charge = (bytes) => process.charge(bytes);
    copy.variables.special = (name) => copy.#computed(name);
    copy.variables.assigned = (name, value) => copy.#assigned(name, value);
    copy.variables.integerOf = (text) => integerText(copy, text);
    copy.functions = new Map(this.functions);
    copy.aliases = new Map(this.aliases);
    copy.options = new Set(this.options);
    copy.options.delete("monitor");
    copy.shopts = new Set(this.shopts);
    copy.descriptors = this.descriptors.copy();
    copy.cwd = this.cwd;
    copy.umask = this.umask;
    copy.source = this.source;
    copy.disabledBuiltins = new Set(this.disabledBuiltins);
    for (const [name, action] of this.traps) if (action === "") copy.traps.set(name, action);
    copy.inheritedTraps = this.inheritedTraps ?? (this.traps.size > 0 ? new Map(this.traps) : undefined);
    copy.positional = [...this.positional];
    copy.name = this.name;
    copy.typed = this.typed;
    copy.dash = this.dash;
    copy.lastStatus = this.lastStatus;
    copy.lastBackground = this.lastBackground;
    copy.shellPid = this.shellPid;
    copy.calls = [...this.calls];
    copy.frames = [...this.frames];
    copy.sourceDepth = this.sourceDepth;
    copy.loopDepth = this.loopDepth;
    copy.substitutionDepth = this.substitutionDepth;
    copy.presentCommand = this.presentCommand;
    copy.parentJobs = this.jobs;
    copy.hashed = new Map(this.hashed);
    copy.traceFd = this.traceFd;
    copy.exportedFunctions = new Set(this.exportedFunctions);
    copy.lenient = this.lenient;
    copy.line = this.line;
    copy.subshellDepth = this.subshellDepth + 1;
    copy.directoryStack = [...this.directoryStack];
    copy.startedAtMs = this.startedAtMs;
    return copy;
  }

  /** A copy for a program that runs a command line; its process is a child of the program's. */
  forkFor(parent: NodeProcess): Shell {
    const copy = this.fork({ group: parent.group });
    for (const name of parent.ignored) copy.process.ignored.add(name);
    return copy;
  }

  /** A new shell program: of this one it has the environment, the directory and the descriptors. */
  fresh(process: NodeProcess, environment: ReadonlyMap<string, string>, descriptors: Descriptors): Shell {
    const shell = new Shell({ ...this.around, history: new History(), editor: new EditorSettings() }, process);
    setUpVariables(shell, environment);
    shell.descriptors = descriptors;
    shell.cwd = this.cwd;
    shell.umask = this.umask;
    return shell;
  }

  /**
   * Between any two steps: signals are seen, stopped shells wait, and other sessions get their turn.
   *
   * @returns nothing when there is nothing to wait for, which is the usual case
   * @throws Terminated when a signal ends the command or the shell
   */
  step(): Promise<void> | undefined {
    this.around.activity.touch();
    if (this.process.signal.aborted) throw this.process.signal.reason;
    if (this.process.held) return this.process.proceed();
    if (turnIsOver()) return this.giveWay();
    return undefined;
  }

  async giveWay(): Promise<void> {
    await nextTurn(this.around.session);
    this.around.activity.touch();
    if (this.process.held) await this.process.proceed();
    this.process.signal.throwIfAborted();
  }

  /** How this shell begins a message: `-bash: `, or `script.sh: line 3: `. */
  messagePrefix(): string {
    return this.typed ? `${this.name}: ` : `${this.frames.at(-1)?.source ?? this.name}: line ${this.line || 1}: `;
  }

  /** A message to standard error, in the shell's own words. */
  async complain(text: string, origin = ""): Promise<void> {
    const prefix = this.messagePrefix();
    const place = prefix.replace(/(line \d+: )$/, `${origin}$1`);
    await this.write(2, `${origin ? place : prefix}${text}\n`);
  }

  /** The message of an error that ended a command. */
  async complainOf(error: ShellError): Promise<void> {
    if (error.told) return;
    if (error.place === undefined || this.typed) await this.complain(error.message);
    else await this.write(2, `${error.place}${error.message}\n`);
  }

  /** A mistake in source text, and the line that it is in. @param origin what stands before the line's number */
  async complainOfMistake(
    mistake: { message: string; line: number; shown?: string | undefined },
    origin: string,
  ): Promise<void> {
    this.line = mistake.line;
    if (mistake.message !== "") await this.complain(mistake.message, origin);
    if (mistake.shown === undefined || this.typed) return;
    const label = mistake.shown.startsWith("((") ? "syntax error: " : "";
    await this.complain(`${label}\`${mistake.shown}'`, origin);
  }

  /** Write to a descriptor; one that is closed or broken is no matter. @throws Terminated */
  async write(fd: number, text: string): Promise<void> {
    const file = this.descriptors.get(fd);
    if (!file || text === "") return;
    try {
      await file.write(Buffer.from(text), this.process);
    } catch (error) {
      if (error instanceof Terminated) throw error;
    }
  }

  /** An absolute path from one relative to where the shell is. */
  resolve(path: string): string {
    return absolutePath(this.cwd, path);
  }

  #computed(name: string): string | undefined {
    switch (name) {
      case "RANDOM":
        this.#random = (Math.imul(this.#random, 1_103_515_245) + 12_345) & 0x7fffffff;
        return String((this.#random >> 16) & 0x7fff);
      case "SECONDS":
        return String(Math.floor((this.around.port.read((lab) => lab.nowMs) - this.startedAtMs) / 1000));
      case "EPOCHSECONDS":
        return String(Math.floor(this.wallMs() / 1000));
      case "EPOCHREALTIME":
        return (this.wallMs() / 1000).toFixed(6);
      case "LINENO":
        return String(this.line || 1);
      case "SHELLOPTS":
        return [...this.options].sort().join(":");
      case "BASHOPTS":
        return [...this.shopts].sort().join(":");
      case "BASH_COMMAND":
        return this.presentCommand();
      case "BASHPID":
        return String(this.process.pid);
      case "PPID":
        return String(this.process.parentPid);
      case "BASH_SUBSHELL":
        return String(this.subshellDepth);
      case "FUNCNAME":
        return this.calls.at(-1)?.name;
      case "COLUMNS":
        return this.interactive ? String(this.around.terminal?.columns ?? 80) : undefined;
      case "LINES":
        return this.interactive ? String(this.around.terminal?.rows ?? 24) : undefined;
      default:
        return undefined;
    }
  }

  /** The node's wall clock, milliseconds since 1970. */
  wallMs(): number {
    return this.around.port.read((lab) => lab.nowMs + wallOffsetOf(lab, this.around.node));
  }
}

/** The variables a shell begins with. */
export function setUpVariables(shell: Shell, environment: ReadonlyMap<string, string>): void {
  const { variables } = shell;
  variables.integerOf = (text) => integerText(shell, text);
  for (const [name, value] of environment) {
    const handedOver = /^BASH_FUNC_(.+)%%$/.exec(name)?.[1];
    if (handedOver !== undefined) {
      defineFunction(shell, handedOver, value);
      continue;
    }
    variables.set(name, value);
    variables.declare(name).exported = true;
  }
  const usual: Record<string, string> = {
    IFS: " \t\n",
    PS4: "+ ",
    OPTIND: "1",
    BASH: "/bin/bash",
    BASH_VERSION: "5.2.15(1)-release",
    HOSTNAME: shell.hostName,
    HOSTTYPE: "x86_64",
    MACHTYPE: "x86_64-pc-linux-gnu",
    OSTYPE: "linux-gnu",
    OPTERR: "1",
    TERM: environment.get("TERM") ?? "dumb",
    EUID: String(shell.process.user.uid),
    UID: String(shell.process.user.uid),
    PPID: String(shell.process.parentPid),
    BASHOPTS: "",
    SHELLOPTS: "",
  };
  for (const [name, value] of Object.entries(usual)) variables.set(name, value);
  for (const name of ["EUID", "UID", "PPID", "BASHOPTS", "SHELLOPTS"]) variables.declare(name).readonly = true;
  for (const name of ["EUID", "UID", "PPID", "OPTIND"]) variables.declare(name).integer = true;
  variables.declare("OLDPWD").exported = true;
  variables.setArray("BASH_VERSINFO", [
    ["0", "5"],
    ["1", "2"],
    ["2", "15"],
    ["3", "1"],
    ["4", "release"],
    ["5", "x86_64-pc-linux-gnu"],
  ]);
  variables.declare("BASH_VERSINFO").readonly = true;
  if (!environment.has("PATH")) variables.set("PATH", DEFAULT_PATH);
  if (!environment.has("PWD")) variables.set("PWD", shell.cwd);
  variables.declare("PWD").exported = true;
  variables.set("SHLVL", String(Number(environment.get("SHLVL") ?? 0) + 1));
  variables.declare("SHLVL").exported = true;
}

/** A function that another shell has handed over with `export -f`; one that cannot be read is left out. */
function defineFunction(shell: Shell, name: string, text: string): void {
  const parsed = parseScript(`${name} ${text}`, { final: true });
  const command = parsed.kind === "complete" ? parsed.script.statements[0]?.pipelines[0]?.commands[0] : undefined;
  if (command?.type !== "FunctionDef") return;
  shell.functions.set(name, command);
  shell.exportedFunctions.add(name);
}

/** Join and clean up a path by its text alone, as `cd` does. */
export function absolutePath(cwd: string, path: string): string {
  const parts: string[] = [];
  for (const part of (path.startsWith("/") ? path : `${cwd}/${path}`).split("/")) {
    if (part === "" || part === ".") continue;
    if (part === "..") parts.pop();
    else parts.push(part);
  }
  return `/${parts.join("/")}`;
}
