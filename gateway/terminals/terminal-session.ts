/**
 * One terminal: the shell on the node, the screen, the last bytes, and the browsers that look at it.
 *
 * It outlives browsers, and a node that restarts: browsers come back to the same offsets, and a lost shell is replaced
 * by a new one below the old screen.
 */
import type { Person } from "../../classroom/person.ts";
import type { LabNode } from "../../labs/lab-description.ts";
import { LabUnavailable } from "../../labs/labs.ts";
import type { AttachTerminal, InputAccepted, Message, TerminalAttached, TerminalState, Watcher } from "../protocol.ts";
import type { RecordingEnd } from "../recordings/recorder.ts";
import { Refused } from "../refused.ts";
import { refusalsEn, say } from "../words.ts";
import { ByteRing } from "./byte-ring.ts";
import { MARK } from "./flow-mark.ts";
import { type LastScreens, ScreenKeeper } from "./last-screens.ts";
import { type ShellLoss, ShellUnreachable } from "./node-connection.ts";
import { type NodeShell, openNodeShell } from "./node-shell.ts";
import { type Reader, ReaderCursor } from "./reader.ts";
import type { Screen, Screens } from "./screens.ts";
import type { TerminalLimits } from "./terminals.ts";
import { type WatchAct, Watching } from "./watching.ts";
import { newId, Writers } from "./writers.ts";

/** Output kept for browsers that come back: a weak network's gap, and more than any browser may lag behind. */
export const RING_BYTES = 512 * 1024;
/** Bytes the screen's thread may be behind before the node waits. Below the ring, so that a screen joins onto it. */
const SCREEN_BACKLOG_MARK = 256 * 1024;
/** Input kept while the node does not take it: a large paste, not a file. */
const INPUT_WAITING_MAX = 1024 * 1024;
const HOUR_MS = 60 * 60 * 1000;
const hours = (ms: number) => Math.round((ms / HOUR_MS) * 10) / 10;
/** Waits before each new try; the last one repeats. */
const RECONNECT_MS = [1_000, 2_000, 3_000, 5_000, 10_000];

export interface TerminalOptions {
  personId: string;
  labId: string;
  node: string;
  slot: string;
  columns: number;
  rows: number;
  screens: Screens;
  /** The node's address and credentials, asked for at each connection. */
  reach: () => Promise<LabNode>;
  /** Run when there is room for one more SSH connection to the node. */
  gate: <T>(node: LabNode, work: () => Promise<T>) => Promise<T>;
  times: Pick<TerminalLimits, "detachedMs" | "idleMs" | "lifetimeMs">;
  /** Names the terminal over restarts: person, lab, node and slot. */
  place: string;
  /** Absent: nothing of a screen outlives the gateway. */
  lastScreens: LastScreens | undefined;
  onScreenFailure: (cause: unknown) => void;
  /** Asked before the first shell; undefined where nothing is recorded. */
  recording: () => Promise<SessionRecording | undefined>;
  /** For the audit log. */
  onWatchAct: (session: TerminalSession, act: WatchAct, watcher: Person, by: Person | undefined) => void;
  /** Once, when the shell is over and none will follow. */
  onEnded: (session: TerminalSession, reason: Message) => void;
  /** Once, after the end, when nobody looks any more. */
  onForgotten: (session: TerminalSession) => void;
}

/** A recording that has a place to go. */
export interface SessionRecording {
  id: string;
  file: string;
  startedAtMs: number;
  /** It ended: with the shell, by a switch, or because it could not be written. */
  ended(end: RecordingEnd | undefined): void;
  failed(reason: "failed" | "full", detail: string): void;
}

export interface Viewer extends Reader {
  /** What this terminal prints is kept, or is not any more. */
  recorded(recorded: boolean): void;
  state(state: TerminalState): void;
  size(columns: number, rows: number): void;
  watchers(watchers: Watcher[]): void;
  /** The gateway's words in the language of the page; what is printed between two shells is said in them. */
  readonly words: Record<string, string>;
  /** Somebody else's page: it never sets the size, and is not told who else looks. */
  readonly guest: boolean;
}

interface Waiting {
  done: (accepted: InputAccepted) => void;
  accepted: InputAccepted;
}

export class TerminalSession {
  readonly id = newId();
  readonly options: TerminalOptions;
  readonly watching = new Watching({
    onChange: (watchers) => {
      for (const viewer of this.#cursors.keys()) if (!viewer.guest) viewer.watchers(watchers);
    },
    onAct: (act, watcher, by) => this.options.onWatchAct(this, act, watcher, by),
  });
  readonly #ring = new ByteRing(RING_BYTES);
  readonly #screen: Screen;
  readonly #writers = new Writers();
  readonly #cursors = new Map<Viewer, ReaderCursor>();
  readonly #closing = new AbortController();
  #columns: number;
  #rows: number;
  #sizeOwner: Viewer | undefined;
  /** Of whoever looked last and owns the terminal. */
  #words = refusalsEn;
  #state: TerminalState = { kind: "connecting" };
  #shell: NodeShell | undefined;
  #paused = false;
  #forwarded = false;
  #tries = 0;
  /** Typed before the first shell was there, in order. */
  #early: (string | Uint8Array)[] | undefined = [];
  #earlyLength = 0;
  /** Answers held back until the node takes input again. */
  #draining: Waiting[] = [];
  #full = false;
  #waitingLength = 0;
  #retry: NodeJS.Timeout | undefined;
  #retryAtMs = 0;
  #detached: NodeJS.Timeout | undefined;
  #idle: NodeJS.Timeout | undefined;
  readonly #openedMs = performance.now();
  /** Something was typed or printed. */
  #activeMs = this.#openedMs;
  readonly #keeper: ScreenKeeper | undefined;
  #recording: SessionRecording | undefined;

  constructor(options: TerminalOptions) {
    this.options = options;
    this.#columns = options.columns;
    this.#rows = options.rows;
    this.#screen = options.screens.open({ columns: options.columns, rows: options.rows }, () => this.#balance());
    const { place, lastScreens, onScreenFailure } = options;
    this.#keeper = lastScreens && new ScreenKeeper(place, lastScreens, this.#screen, onScreenFailure);
    this.#armDetached();
    this.#armIdle();
    void this.#begun();
  }

  /** What the gateway's last run left of this terminal goes above the new shell. */
  async #begun(): Promise<void> {
    const { lastScreens, place, node } = this.options;
    const before = await lastScreens?.take(place).catch(this.options.onScreenFailure);
    if (before)
      this.#output(
        Buffer.from(before + ruledLine({ id: "shell-ended-with-gateway", values: { node } }, this.#words), "utf8"),
      );
    await this.record();
    await this.#connect();
  }

  get recorded(): boolean {
    return this.#recording !== undefined;
  }

  /** Begin to record, if that is wanted here. A question that cannot be answered means no. */
  async record(): Promise<void> {
    const recording = await this.options.recording().catch(this.options.onScreenFailure);
    if (!recording || this.#recording || this.ended) return;
    this.#recording = recording;
    const { file, startedAtMs } = recording;
    const size = { columns: this.#columns, rows: this.#rows };
    this.#screen.record({ file, startedAtMs, title: this.options.node, ...size }, (reason, detail) => {
      recording.failed(reason, detail);
      if (this.#recording === recording) void this.endRecording();
    });
    this.#tellRecorded();
  }

  /** @param goesOn the gateway stops, and the next run writes on */
  async endRecording(goesOn = false): Promise<void> {
    const recording = this.#recording;
    if (!recording) return;
    this.#recording = undefined;
    if (!this.ended) this.#tellRecorded();
    const end = await this.#screen.endRecording();
    if (!goesOn) recording.ended(end);
  }

  #tellRecorded(): void {
    for (const viewer of this.#cursors.keys()) viewer.recorded(this.recorded);
  }

  /** The screen as it is now is written, if it is kept at all. */
  async keepScreen(): Promise<void> {
    await this.#keeper?.flush();
  }

  /** The state as it is now: a countdown says what is left of it. */
  get state(): TerminalState {
    if (this.#state.kind !== "reconnecting") return this.#state;
    return { ...this.#state, inMs: Math.max(0, Math.round(this.#retryAtMs - performance.now())) };
  }

  get ended(): boolean {
    return this.#state.kind === "ended";
  }

  get watched(): boolean {
    return this.#cursors.size > 0;
  }

  /** Bytes of output so far; what `/metrics` adds up. */
  get outputBytes(): number {
    return this.#ring.end;
  }

  /** Let a browser look, from where it left off if that is still known. */
  attach(viewer: Viewer, request: Omit<AttachTerminal, "sessionId">): TerminalAttached {
    this.detach(viewer);
    const known = request.writer !== undefined && request.fromOffset > 0;
    const from = known && this.#ring.slice(request.fromOffset, 0) ? request.fromOffset : undefined;
    const { writer, acceptedSeq } = this.#writers.admit(request.writer);
    // The newcomer's window counts, from the first byte on.
    if (!viewer.guest) {
      this.#own(viewer, request.columns, request.rows);
      this.#words = viewer.words;
    }
    const cursor = new ReaderCursor(this.id, viewer, this.#ring, this.#screen, from);
    this.#cursors.set(viewer, cursor);
    clearTimeout(this.#detached);
    // After the answer, which tells the page what to do with the bytes.
    setImmediate(() => {
      cursor.pump();
      if (!viewer.guest && this.watching.watchers.length > 0) viewer.watchers(this.watching.watchers);
      this.#balance();
    });
    const resumed = from === undefined ? "screen" : "bytes";
    const size = { columns: this.#columns, rows: this.#rows };
    const { recorded } = this;
    return { sessionId: this.id, writer, acceptedSeq, state: this.state, ...size, resumed, recorded };
  }

  detach(viewer: Viewer): void {
    const cursor = this.#cursors.get(viewer);
    if (!cursor) return;
    cursor.leave();
    this.#cursors.delete(viewer);
    if (this.#sizeOwner === viewer) this.#sizeOwner = undefined;
    if (!this.watched) {
      if (this.ended) this.#dispose();
      else this.#armDetached();
    }
    this.#balance();
  }

  /** Pass on what was typed, once. `done` is called at once, or when the node takes input again. */
  input(
    viewer: Viewer,
    writer: string,
    seq: number,
    data: string | Uint8Array,
    done: (accepted: InputAccepted) => void,
  ): void {
    if (this.#full && this.#waitingLength + data.length > INPUT_WAITING_MAX) {
      throw new Refused("limit", { id: "limit-input" }, { retry: true });
    }
    const verdict = this.#writers.accept(writer, seq);
    if (verdict === "gap") throw new Refused("malformed", { id: "input-gap" }, { retry: true });
    const accepted = { acceptedSeq: this.#writers.acceptedSeq(writer), delivered: true };
    if (verdict === "repeated") {
      done(accepted);
      return;
    }
    if (!viewer.guest) this.#sizeOwner = viewer;
    this.#activeMs = performance.now();
    if (this.#shell) {
      if (this.#shell.write(data) && !this.#full) done(accepted);
      else this.#answerWhenDrained({ done, accepted }, data.length);
      return;
    }
    // Before the first shell, typing ahead is meant for it. Later the shell it was meant for is gone.
    if (this.#early && this.#earlyLength + data.length <= INPUT_WAITING_MAX) {
      this.#early.push(data);
      this.#earlyLength += data.length;
      done(accepted);
      return;
    }
    done({ ...accepted, delivered: false });
  }

  acknowledge(viewer: Viewer, offset: number): void {
    this.#cursors.get(viewer)?.parsed(offset);
    this.#balance();
  }

  /** The browser that typed last sets the size; the others are told. */
  resize(viewer: Viewer, columns: number, rows: number): void {
    if (viewer.guest) return;
    if (this.#sizeOwner === undefined || this.#sizeOwner === viewer) this.#own(viewer, columns, rows);
    else viewer.size(this.#columns, this.#rows);
  }

  /** Try again now instead of at the end of the countdown. */
  retryNow(): void {
    if (this.#state.kind !== "reconnecting") return;
    clearTimeout(this.#retry);
    void this.#connect();
  }

  /** End the shell for good. */
  close(reason: Message): void {
    if (this.ended) return;
    this.#closing.abort();
    this.#shell?.end();
    this.#finish(reason);
  }

  #own(viewer: Viewer, columns: number, rows: number): void {
    this.#sizeOwner = viewer;
    if (columns === this.#columns && rows === this.#rows) return;
    this.#columns = columns;
    this.#rows = rows;
    this.#screen.resize(columns, rows);
    this.#shell?.resize(columns, rows);
    for (const other of this.#cursors.keys()) if (other !== viewer) other.size(columns, rows);
  }

  async #connect(): Promise<void> {
    if (this.ended) return;
    this.#set({ kind: "connecting" });
    try {
      const node = await this.options.reach();
      const listener = {
        onOpen: (shell: NodeShell) => this.#begin(shell),
        onData: (bytes: Uint8Array) => this.#output(bytes),
        onDrain: () => this.#drained(),
        onEnd: (loss: ShellLoss) => this.#lost(loss),
      };
      await this.options.gate(node, () => {
        const size = { columns: this.#columns, rows: this.#rows };
        return openNodeShell(node, size, listener, this.#closing.signal);
      });
    } catch (cause) {
      this.#lost(lossOf(cause));
    }
  }

  #begin(shell: NodeShell): void {
    if (this.ended) {
      shell.end();
      return;
    }
    if (this.#early === undefined) this.#output(Buffer.from(leaveOldShell(this.options.node, this.#words), "utf8"));
    this.#shell = shell;
    this.#paused = false;
    this.#tries = 0;
    shell.resize(this.#columns, this.#rows);
    for (const data of this.#early ?? []) shell.write(data);
    this.#early = undefined;
    this.#set({ kind: "connected" });
    this.#balance();
  }

  #lost({ reason, final }: ShellLoss): void {
    if (this.ended) return;
    this.#shell = undefined;
    this.#drained();
    if (final) {
      this.#finish(reason);
      return;
    }
    const inMs = RECONNECT_MS[Math.min(this.#tries, RECONNECT_MS.length - 1)] as number;
    this.#tries += 1;
    this.#retryAtMs = performance.now() + inMs;
    this.#set({ kind: "reconnecting", reason, inMs, attempt: this.#tries });
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => void this.#connect(), inMs);
  }

  #finish(reason: Message): void {
    clearTimeout(this.#retry);
    clearTimeout(this.#detached);
    clearTimeout(this.#idle);
    this.#shell = undefined;
    const goesOn = reason.id === "gateway-stopping";
    this.#keeper?.end(goesOn);
    void this.endRecording(goesOn);
    this.#set({ kind: "ended", reason });
    this.watching.endAll();
    this.options.onEnded(this, reason);
    // Those who look still read the last output to its end.
    if (!this.watched) this.#dispose();
  }

  #dispose(): void {
    this.#screen.close();
    this.options.onForgotten(this);
  }

  #set(state: TerminalState): void {
    this.#state = state;
    for (const viewer of this.#cursors.keys()) viewer.state(state);
  }

  /** The hot path: browsers first, then the screen's thread. */
  #output(bytes: Uint8Array): void {
    // A copy: a view would hold the whole packet it came in.
    const kept = this.#ring.push(bytes);
    this.#activeMs = performance.now();
    this.#forward();
    this.#screen.write(kept);
    this.#keeper?.changed();
    this.#balance();
  }

  /**
   * The first piece of a turn goes at once: an echo waits for nothing. A flood comes as 4 KiB an SSH packet, many in one
   * turn; what follows in the same turn goes as one frame at its end.
   */
  #forward(): void {
    if (this.#forwarded) return;
    this.#forwarded = true;
    const end = this.#ring.end;
    for (const cursor of this.#cursors.values()) cursor.pump();
    setImmediate(() => {
      this.#forwarded = false;
      if (this.#ring.end === end) return;
      for (const cursor of this.#cursors.values()) cursor.pump();
      this.#balance();
    });
  }

  /** Let the node wait when the screen's thread, or every browser, has enough to do. */
  #balance(): void {
    if (!this.#shell) return;
    const backlog = this.#screen.backlog;
    let held = this.#cursors.size > 0;
    for (const cursor of this.#cursors.values()) held &&= cursor.holds;
    if (!this.#paused && (held || backlog >= SCREEN_BACKLOG_MARK)) {
      this.#paused = true;
      this.#shell.pause();
    } else if (this.#paused && !held && backlog <= SCREEN_BACKLOG_MARK / 2) {
      this.#paused = false;
      this.#shell.resume();
    }
  }

  #answerWhenDrained(waiting: Waiting, length: number): void {
    this.#full = true;
    this.#waitingLength += length;
    this.#draining.push(waiting);
  }

  #drained(): void {
    this.#full = false;
    this.#waitingLength = 0;
    for (const { done, accepted } of this.#draining.splice(0)) done(accepted);
  }

  /** Looked at when it may be over at the earliest, so that activity costs nothing but a note of the time. */
  #armIdle(): void {
    const { idleMs, lifetimeMs } = this.options.times;
    const now = performance.now();
    const idleLeftMs = this.#activeMs + idleMs - now;
    const lifeLeftMs = this.#openedMs + lifetimeMs - now;
    if (idleLeftMs <= 0) this.close({ id: "shell-idle", values: { hours: hours(idleMs) } });
    else if (lifeLeftMs <= 0) this.close({ id: "shell-too-old", values: { hours: hours(lifetimeMs) } });
    // A timer takes no more than 24 days.
    else this.#idle = setTimeout(() => this.#armIdle(), Math.min(idleLeftMs, lifeLeftMs, 24 * HOUR_MS)).unref();
  }

  #armDetached(): void {
    clearTimeout(this.#detached);
    const minutes = Math.round(this.options.times.detachedMs / 60_000);
    this.#detached = setTimeout(() => {
      this.close({ id: "shell-detached-too-long", values: { minutes } });
    }, this.options.times.detachedMs);
    // A forgotten shell alone keeps no process alive.
    this.#detached.unref();
  }
}

/**
 * A program that was cut off may have left the alternate screen, mouse reports or a hidden cursor behind.
 *
 * Going in and out of the alternate screen ends below the last line in either; going out alone would jump to a cursor
 * that was never saved.
 */
function leaveOldShell(node: string, words: Record<string, string>): string {
  const reset = "\x1b[?1049h\x1b[?1049l\x1b[!p\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?2004l\x1b[?25h\x1b[m";
  return reset + ruledLine({ id: "new-shell", values: { node } }, words);
}

/** Quiet, and still readable: the bright black of the terminal's colours, where faint text would be too pale. */
function ruledLine(message: Message, words: Record<string, string>): string {
  return `\r\n\x1b[90m--- ${say(message, words)} ---\x1b[m\r\n`;
}

function lossOf(cause: unknown): ShellLoss {
  if (cause instanceof ShellUnreachable) return cause.loss;
  const detail = cause instanceof Error ? cause.message : String(cause);
  if (cause instanceof Refused) return { reason: cause.refusal.message, final: !cause.refusal.retry };
  return { reason: { id: "lab-unavailable", values: { detail } }, final: !(cause instanceof LabUnavailable) };
}

/** The mark is named here because tests and documents state it beside the ring. */
export const FLOW = { ringBytes: RING_BYTES, unparsedMark: MARK.first, screenBacklogMark: SCREEN_BACKLOG_MARK };
