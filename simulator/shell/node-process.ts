/**
 * Processes that shells start on a node: pids, groups, signals, stopping and ending. Services belong to the model; these
 * do not outlive their session and are no part of a lab's state.
 */
import { setMaxListeners } from "node:events";
import type { LabPort } from "../cluster/port.ts";
import { LabMemory } from "./lab-memory.ts";
import { type NodeUser, ROOT } from "./node-user.ts";
import { type SignalName, Terminated } from "./process.ts";
import { IGNORED_BY_DEFAULT, STOPPING } from "./signals.ts";

/** What happens to a process that others may want to know at once. */
export type ProcessChange = "stopped" | "continued" | "ended";

export class NodeProcess {
  readonly pid: number;
  readonly parentPid: number;
  /** Process group: what ^C and `kill %1` reach. */
  group: number;
  /** As `ps` shows it. */
  command: string;
  readonly tty: string;
  /** Who it runs as: its parent's user unless a program such as `su` says another. */
  readonly user: NodeUser;
  readonly startedAtMs: number;
  /** Exit status once it has ended. */
  status: number | undefined;
  /** The signal that ended it, if one did. */
  endedBy: SignalName | undefined;
  stoppedBy: SignalName | undefined;
  /** Signals without effect (`trap '' INT`, `nohup`); children inherit them. */
  readonly ignored: Set<SignalName>;
  #table: ProcessTable;
  #heldBytes = 0;
  #life = new AbortController();
  #command: AbortController | undefined;
  #listeners = new Map<SignalName, Set<() => void>>();
  #watchers = new Set<(change: ProcessChange) => void>();
  #resume: (() => void)[] = [];

  constructor(table: ProcessTable, pid: number, spec: ProcessSpec) {
    this.#table = table;
    this.pid = pid;
    this.parentPid = spec.parent?.pid ?? 1;
    this.group = spec.group ?? spec.parent?.group ?? pid;
    this.command = spec.command;
    this.tty = spec.tty ?? spec.parent?.tty ?? "?";
    this.user = spec.user ?? spec.parent?.user ?? ROOT;
    this.startedAtMs = spec.startedAtMs;
    this.ignored = new Set(spec.parent?.ignored);
    setMaxListeners(0, this.#life.signal);
  }

  /** Aborts with a Terminated when a signal ends the process or, in an interactive shell, its present command. */
  get signal(): AbortSignal {
    return this.#command?.signal ?? this.#life.signal;
  }

  /** Aborts only when the process itself ends. */
  get life(): AbortSignal {
    return this.#life.signal;
  }

  /** An interactive shell begins a command: from now on `interrupt` ends that command and not the shell. */
  beginCommand(): void {
    if (this.#life.signal.aborted) return;
    this.#command = new AbortController();
    setMaxListeners(0, this.#command.signal);
  }

  interrupt(name: SignalName): void {
    this.#command?.abort(new Terminated(name));
    this.#wake();
  }

  /** Send a signal to it: listeners are told, or it ends, stops or goes on as the signal's default has it. */
  deliver(name: SignalName): void {
    if (this.status !== undefined) return;
    if (name === "SIGKILL") {
      this.#end(name);
      return;
    }
    if (name === "SIGCONT") this.#continue();
    const listeners = this.#listeners.get(name);
    if (listeners?.size && name !== "SIGSTOP") {
      for (const listener of [...listeners]) listener();
      return;
    }
    if (this.ignored.has(name) && name !== "SIGSTOP") return;
    if (STOPPING.has(name)) {
      if (this.stoppedBy) return;
      this.stoppedBy = name;
      this.#tell("stopped");
      return;
    }
    if (!IGNORED_BY_DEFAULT.has(name)) this.#end(name);
  }

  /** Whether somebody may send it a signal. @source kill(2) */
  obeys(user: NodeUser): boolean {
    return user.uid === 0 || user.uid === this.user.uid;
  }

  /** To everything in its process group, as the terminal does. */
  deliverToGroup(name: SignalName): void {
    this.#table.signalGroup(this.group, name);
  }

  onSignal(name: SignalName, listener: () => void): () => void {
    const set = this.#listeners.get(name) ?? new Set();
    set.add(listener);
    this.#listeners.set(name, set);
    return () => set.delete(listener);
  }

  watch(watcher: (change: ProcessChange) => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /** Whether it may not run now: stopped, or its node stands still. */
  get held(): boolean {
    return this.stoppedBy !== undefined || this.#table.frozen;
  }

  /** Waits while the process is held. @throws Terminated when a signal has ended it */
  async proceed(): Promise<void> {
    while (this.held && !this.signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#resume.push(resolve);
        this.#table.whenThawed(resolve);
      });
    }
    this.signal.throwIfAborted();
  }

  /** It holds more memory, or less. @returns false when the processes of the lab hold all that they may */
  charge(bytes: number): boolean {
    // One that has ended has given back everything already.
    if (this.status !== undefined) return true;
    if (!this.#table.memory.charge(bytes)) return false;
    this.#heldBytes += bytes;
    return true;
  }

  /** The process has ended. */
  finish(status: number): void {
    if (this.status !== undefined) return;
    this.#table.memory.charge(-this.#heldBytes);
    this.status = status & 255;
    this.#table.remove(this);
    this.#tell("ended");
    this.#watchers.clear();
  }

  /** Resolves with its exit status. */
  ended(): Promise<number> {
    if (this.status !== undefined) return Promise.resolve(this.status);
    return new Promise((resolve) => this.watch((change) => change === "ended" && resolve(this.status ?? 0)));
  }

  #end(name: SignalName): void {
    this.endedBy ??= name;
    this.#life.abort(new Terminated(name));
    this.#command?.abort(new Terminated(name));
    this.stoppedBy = undefined;
    this.#wake();
  }

  #continue(): void {
    if (!this.stoppedBy) return;
    this.stoppedBy = undefined;
    this.#wake();
    this.#tell("continued");
  }

  #wake(): void {
    for (const resolve of this.#resume.splice(0)) resolve();
  }

  #tell(change: ProcessChange): void {
    for (const watcher of [...this.#watchers]) watcher(change);
  }
}

export interface ProcessSpec {
  command: string;
  parent?: NodeProcess;
  group?: number;
  tty?: string;
  user?: NodeUser;
  startedAtMs: number;
}

/** Pids of sessions begin above those of the services that the model starts at boot. */
const FIRST_PID = 1_400;
/** A fork bomb ends here, as it does at a real node's `TasksMax`. */
const PROCESSES_MAX = 512;

export class ProcessTable {
  frozen = false;
  /** As many as the node may have at once. A fork bomb at it lives on for about the square of it in forks. */
  processesMax = PROCESSES_MAX;
  #next = FIRST_PID;
  #processes = new Map<number, NodeProcess>();
  #thawed: (() => void)[] = [];
  #taken: (pid: number) => boolean;

  /** Shared by all nodes of a lab. */
  readonly memory: LabMemory;

  /** @param taken whether the model has a process of that pid */
  constructor(taken: (pid: number) => boolean = () => false, memory = new LabMemory()) {
    this.#taken = taken;
    this.memory = memory;
  }

  /** @returns undefined when the node has too many processes */
  spawn(spec: ProcessSpec): NodeProcess | undefined {
    if (this.#processes.size >= this.processesMax) return undefined;
    do {
      this.#next = this.#next >= 4_194_000 ? 301 : this.#next + 1;
    } while (this.#processes.has(this.#next) || this.#taken(this.#next));
    const process = new NodeProcess(this, this.#next, spec);
    this.#processes.set(process.pid, process);
    // What was killed starts nothing any more, even when it was about to: a fork bomb dies with its node.
    if (spec.parent?.endedBy === "SIGKILL") process.deliver("SIGKILL");
    return process;
  }

  get(pid: number): NodeProcess | undefined {
    return this.#processes.get(pid);
  }

  all(): NodeProcess[] {
    return [...this.#processes.values()];
  }

  group(group: number): NodeProcess[] {
    return this.all().filter((process) => process.group === group);
  }

  signalGroup(group: number, name: SignalName): void {
    for (const process of this.group(group)) process.deliver(name);
  }

  remove(process: NodeProcess): void {
    this.#processes.delete(process.pid);
  }

  /** A hung node: nothing runs until it is thawed. */
  freeze(frozen: boolean): void {
    this.frozen = frozen;
    if (!frozen) for (const resolve of this.#thawed.splice(0)) resolve();
  }

  whenThawed(resolve: () => void): void {
    if (this.frozen) this.#thawed.push(resolve);
  }
}

const tables = new WeakMap<LabPort, Map<string, ProcessTable>>();

/** Another way to the same lab (a program's own port) leads to the same tables. */
export function shareProcessTables(from: LabPort, to: LabPort): void {
  const ofLab = tables.get(from) ?? new Map<string, ProcessTable>();
  tables.set(from, ofLab);
  tables.set(to, ofLab);
}

/** The one table of a node, shared by its sessions, so that `ps` and `kill` see those of the others. */
export function processTableOf(port: LabPort, node: string): ProcessTable {
  const ofLab = tables.get(port) ?? new Map<string, ProcessTable>();
  tables.set(port, ofLab);
  let table = ofLab.get(node);
  if (!table) {
    const memory = ofLab.values().next().value?.memory;
    table = new ProcessTable((pid) => port.read((lab) => lab.nodes[node]?.processes?.[pid] !== undefined), memory);
    ofLab.set(node, table);
  }
  return table;
}
