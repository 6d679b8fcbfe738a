/**
 * One terminal as the page holds it: opens or finds its shell, comes back after a drop, and delivers what was typed once.
 *
 * Knows neither React nor xterm.js, so that tests drive it against a real gateway.
 */
import { decodeFrame, type Frame } from "../../gateway/frames.ts";
import type {
  Consent,
  Message,
  Refusal,
  Reply,
  TerminalAttached,
  TerminalState,
  Watcher,
} from "../../gateway/protocol.ts";
import { PendingInput } from "./pending-input.ts";
import type { Connection } from "./socket.ts";

/** Parsed bytes between two acknowledgements: four within the gateway's mark. */
const ACKNOWLEDGE_EVERY = 64 * 1024;
/** After a refusal that may pass. */
const AGAIN_MS = 500;

/** What the learner is told. `retryAtMs` by `Date.now()`. */
export type LinkState =
  | { kind: "connecting" }
  | { kind: "connected" }
  /** The page has lost the server; what is typed waits. */
  | { kind: "offline"; retryAtMs: number }
  /** The server has lost the node. */
  | { kind: "reconnecting"; reason: Message; retryAtMs: number }
  | { kind: "ended"; reason: Message }
  | { kind: "refused"; reason: Message };

/** The screen it writes to. */
export interface TerminalSink {
  write(bytes: Uint8Array, parsed: () => void): void;
  /** Forget everything shown and draw this. */
  redraw(screen: { columns: number; rows: number; bytes: Uint8Array }): void;
  /** Another browser on this shell has set its size. */
  size(columns: number, rows: number): void;
  state(state: LinkState): void;
  /** Characters typed and not delivered yet. */
  pending(characters: number): void;
  /** Everyone who looks at this terminal, or asks to, after each change. */
  watchers?(watchers: readonly Watcher[]): void;
  /** For somebody who watches: whether they may type now. */
  mayType?(mayType: boolean): void;
  /** What this terminal prints is being recorded, or not any more. */
  recorded?(recorded: boolean): void;
  /** Something to say once: input that had to be dropped. */
  notice(message: Message): void;
}

export interface TerminalPlace {
  labId: string;
  node: string;
  slot?: string;
  /** Look at this session of somebody else, who is asked first. */
  watch?: string;
}

export class TerminalLink {
  readonly #connection: Connection;
  readonly #place: { labId: string; node: string; slot: string };
  /** Session of somebody else that is looked at, once they agree; the own shell otherwise. */
  readonly #watched: string | undefined;
  /** Without the owner's leave nothing is sent. */
  #mayType = true;
  readonly #sink: TerminalSink;
  readonly #pending = new PendingInput();
  readonly #leave: (() => void)[] = [];
  #size = { columns: 80, rows: 24 };
  /** The size that was asked for; the frame may change while the answer is on its way. */
  #asked = this.#size;
  #sessionId: string | undefined;
  #writer: string | undefined;
  #attached = false;
  #asking = false;
  /** Frames that came before the answer to `open` or `attach`: bytes and answers take different ways. */
  #early: Frame[] = [];
  #remote: TerminalState = { kind: "connecting" };
  #remoteRetryAtMs = 0;
  #refused: Message | undefined;
  #received = 0;
  #parsed = 0;
  #acknowledged = 0;
  /** Bytes drawn before the last redraw do not count for offsets. */
  #generation = 0;
  #again: ReturnType<typeof setTimeout> | undefined;

  constructor(connection: Connection, place: TerminalPlace, sink: TerminalSink) {
    this.#connection = connection;
    this.#place = { labId: place.labId, node: place.node, slot: place.slot ?? "1" };
    this.#sink = sink;
    this.#watched = place.watch;
    this.#mayType = place.watch === undefined;
  }

  /** Begin, with the size the screen has: it is the shell's size from the first byte. */
  start(columns: number, rows: number): void {
    this.#size = { columns, rows };
    const { socket } = this.#connection;
    const listening = {
      "terminal:state": (event: { sessionId: string; state: TerminalState }) => {
        if (event.sessionId === this.#sessionId) this.#remoteState(event.state);
      },
      "terminal:size": (event: { sessionId: string; columns: number; rows: number }) => {
        if (event.sessionId === this.#sessionId) this.#sink.size(event.columns, event.rows);
      },
      "terminal:watchers": (event: { sessionId: string; watchers: Watcher[] }) => {
        if (event.sessionId === this.#sessionId) this.#sink.watchers?.(event.watchers);
      },
      "terminal:may-type": (event: { sessionId: string; mayType: boolean }) => {
        if (event.sessionId !== this.#watched) return;
        this.#mayType = event.mayType;
        this.#sink.mayType?.(event.mayType);
      },
      "terminal:watch-ended": (event: { sessionId: string }) => {
        if (event.sessionId !== this.#watched) return;
        this.#attached = false;
        this.#remoteState({ kind: "ended", reason: { id: "watch-ended" } });
      },
      "terminal:recorded": (event: { sessionId: string; recorded: boolean }) => {
        if (event.sessionId === this.#sessionId) this.#sink.recorded?.(event.recorded);
      },
      disconnect: () => {
        this.#sink.watchers?.([]);
        this.#attached = false;
        this.#asking = false;
        this.#early = [];
      },
    };
    for (const [event, listener] of Object.entries(listening)) {
      socket.on(event as "disconnect", listener as () => void);
      this.#leave.push(() => void socket.off(event as "disconnect", listener as () => void));
    }
    this.#leave.push(this.#connection.subscribeFrames((packed) => this.#frame(packed)));
    this.#leave.push(this.#connection.subscribe(() => this.#connectionChanged()));
    this.#connectionChanged();
  }

  get state(): LinkState {
    const connection = this.#connection.state;
    if (connection.kind === "refused") return { kind: "refused", reason: connection.refusal.message };
    if (connection.kind === "offline") return { kind: "offline", retryAtMs: connection.retryAtMs };
    if (this.#refused) return { kind: "refused", reason: this.#refused };
    if (this.#watched !== undefined && this.#remote.kind === "ended") return this.#remote;
    if (connection.kind === "connecting" || !this.#attached) return { kind: "connecting" };
    if (this.#remote.kind !== "reconnecting") return this.#remote;
    return { kind: "reconnecting", reason: this.#remote.reason, retryAtMs: this.#remoteRetryAtMs };
  }

  /** Deliver this once, now or when it can be. */
  type(data: string | Uint8Array): void {
    if (data.length === 0 || !this.#mayType) return;
    if (!this.#pending.add(data)) {
      this.#sink.notice({ id: "limit-input" });
      return;
    }
    this.#flush();
  }

  resize(columns: number, rows: number): void {
    this.#size = { columns, rows };
    if (!this.#attached || !this.#sessionId || !this.#mayType) return;
    this.#connection.socket.emit("terminal:resize", { sessionId: this.#sessionId, columns, rows }, () => undefined);
  }

  /** Try again now; after the end, a new shell. */
  again(): void {
    this.#refused = undefined;
    if (this.#connection.state.kind !== "connected") {
      this.#connection.retryNow();
      return;
    }
    const { kind } = this.#remote;
    if (kind === "ended") this.#forget();
    if (kind === "ended" || kind === "reconnecting" || !this.#attached) this.#open();
  }

  /** Let somebody look, or type, or neither any more. */
  consent(watchId: string, allow: Consent): void {
    if (!this.#sessionId || !this.#attached) return;
    this.#connection.socket.emit("terminal:consent", { sessionId: this.#sessionId, watchId, allow }, () => undefined);
  }

  /** End the shell for good. */
  end(): void {
    if (!this.#sessionId || !this.#attached) return;
    this.#connection.socket.emit("terminal:close", { sessionId: this.#sessionId, end: true }, () => undefined);
  }

  /** The page goes away; the shell stays. */
  stop(): void {
    clearTimeout(this.#again);
    for (const leave of this.#leave.splice(0)) leave();
    if (!this.#sessionId || !this.#attached) return;
    this.#connection.socket.emit("terminal:close", { sessionId: this.#sessionId }, () => undefined);
    this.#attached = false;
  }

  #connectionChanged(): void {
    if (this.#connection.state.kind === "connected") this.#come();
    this.#sink.state(this.state);
  }

  /** To the shell it had, or to whichever there is. */
  #come(): void {
    if (this.#attached || this.#asking || this.#refused) return;
    if (this.#sessionId === undefined || this.#watched !== undefined) {
      this.#open();
      return;
    }
    const request = {
      sessionId: this.#sessionId,
      fromOffset: this.#received,
      ...(this.#writer === undefined ? {} : { writer: this.#writer }),
      ...this.#size,
    };
    this.#asked = this.#size;
    this.#asking = true;
    this.#connection.socket.emit("terminal:attach", request, (reply) => {
      this.#asking = false;
      if (!reply.ok && reply.refusal.code === "not-found") {
        // The shell is gone with whatever was meant for it.
        this.#forget();
        this.#open();
      } else this.#answered(reply);
    });
  }

  #open(): void {
    if (this.#asking) return;
    this.#asking = true;
    const answered = (reply: Reply<TerminalAttached>) => {
      this.#asking = false;
      this.#answered(reply);
    };
    this.#asked = this.#size;
    const { socket } = this.#connection;
    if (this.#watched === undefined) socket.emit("terminal:open", { ...this.#place, ...this.#size }, answered);
    else socket.emit("terminal:watch", { sessionId: this.#watched }, answered);
  }

  #answered(reply: Reply<TerminalAttached>): void {
    const early = this.#early.splice(0);
    if (!reply.ok) {
      this.#refusal(reply.refusal);
      return;
    }
    this.#sessionId = reply.sessionId;
    if (this.#writer === reply.writer) this.#pending.resume(reply.acceptedSeq);
    else if (this.#writer !== undefined) this.#pending.startAnew();
    this.#writer = reply.writer;
    this.#attached = true;
    // Frames that follow tell where the stream goes on.
    if (reply.resumed === "screen") this.#received = Number.NaN;
    this.#acknowledged = Number.isNaN(this.#received) ? 0 : this.#received;
    this.#sink.recorded?.(reply.recorded);
    this.#remoteState(reply.state);
    const { columns, rows } = this.#size;
    if (reply.columns !== columns || reply.rows !== rows) {
      if (reply.columns === this.#asked.columns && reply.rows === this.#asked.rows) this.resize(columns, rows);
      else this.#sink.size(reply.columns, reply.rows);
    }
    for (const frame of early) this.#take(frame);
    this.#flush();
  }

  #refusal(refusal: Refusal): void {
    if (refusal.retry) {
      clearTimeout(this.#again);
      this.#again = setTimeout(() => this.#come(), AGAIN_MS);
      return;
    }
    this.#refused = refusal.message;
    this.#sink.state(this.state);
  }

  /** Nothing of the shell before is left. */
  #forget(): void {
    if (this.#pending.waiting > 0) {
      this.#sink.notice({ id: "typed-for-ended-shell", values: { characters: this.#pending.waiting } });
    }
    this.#pending.clear();
    this.#sink.pending(0);
    this.#sessionId = undefined;
    this.#writer = undefined;
    this.#attached = false;
    this.#received = 0;
  }

  #remoteState(state: TerminalState): void {
    this.#remote = state;
    if (state.kind === "reconnecting") this.#remoteRetryAtMs = Date.now() + state.inMs;
    this.#sink.state(this.state);
  }

  #flush(): void {
    if (this.#attached && this.#sessionId !== undefined && this.#writer !== undefined) {
      for (const { seq, data } of this.#pending.take()) this.#send(this.#sessionId, this.#writer, seq, data);
    }
    this.#sink.pending(this.#pending.waiting);
  }

  #send(sessionId: string, writer: string, seq: number, data: string | Uint8Array): void {
    this.#connection.sendInput({ sessionId, writer, seq, data }, (reply) => {
      if (writer !== this.#writer) return;
      if (reply.ok) {
        if (!reply.delivered) this.#sink.notice({ id: "typed-without-shell" });
        this.#pending.accepted(reply.acceptedSeq);
        this.#flush();
        return;
      }
      if (reply.refusal.message.id === "limit-input") {
        this.#sink.notice(reply.refusal.message);
        this.#pending.clear();
      }
      // Whatever it was, coming again tells how far input has got.
      this.#attached = false;
      this.#refusal({ ...reply.refusal, retry: reply.refusal.retry || reply.refusal.code === "not-found" });
    });
  }

  #frame(packed: Uint8Array): void {
    const frame = decodeFrame(packed);
    // At most what the gateway sends before it waits for an acknowledgement.
    if (this.#asking && (this.#sessionId === undefined || frame.sessionId === this.#sessionId)) this.#early.push(frame);
    else this.#take(frame);
  }

  #take(frame: Frame): void {
    if (frame.sessionId !== this.#sessionId || !this.#attached) return;
    if (frame.kind === "screen") {
      this.#generation += 1;
      this.#received = frame.offset;
      this.#parsed = frame.offset;
      this.#acknowledged = frame.offset;
      this.#sink.redraw(frame);
    } else this.#output(frame);
  }

  #output(frame: Extract<Frame, { kind: "output" }>): void {
    // Before the screen, or from before it: not for us.
    if (Number.isNaN(this.#received) || frame.offset + frame.bytes.length <= this.#received) return;
    if (frame.offset > this.#received) {
      // Cannot be; if it is, the screen puts it right.
      this.#received = 0;
      this.#attached = false;
      this.#come();
      return;
    }
    const bytes = frame.bytes.subarray(this.#received - frame.offset);
    this.#received += bytes.length;
    const generation = this.#generation;
    this.#sink.write(bytes, () => {
      if (generation !== this.#generation) return;
      this.#parsed += bytes.length;
      if (this.#parsed - this.#acknowledged >= ACKNOWLEDGE_EVERY) this.#acknowledge();
    });
  }

  #acknowledge(): void {
    if (!this.#attached || this.#sessionId === undefined) return;
    this.#acknowledged = this.#parsed;
    this.#connection.acknowledge(this.#sessionId, this.#parsed);
  }
}
