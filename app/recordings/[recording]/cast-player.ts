/**
 * Plays a recording: a clock that runs at a speed, and events that reach the screen when it has come to them.
 *
 * To go elsewhere it asks the server again, which begins at the last whole screen before that instant; what lies between
 * is drawn at once. Knows neither React nor xterm.js.
 */
import { type CastEvent, castEvents, sizeOf } from "./cast-stream.ts";

export interface CastSink {
  /** Forget everything shown. */
  clear(): void;
  size(columns: number, rows: number): void;
  /** Resolves when it has been drawn, so that a long recording is read no faster than it is drawn. */
  write(text: string): Promise<void>;
  changed(player: { atMs: number; state: PlayerState }): void;
}

export type PlayerState = "loading" | "paused" | "playing" | "ended" | "failed";

/** The clock's hand on screen. */
const TICK_MS = 100;

export class CastPlayer {
  readonly #load: (fromMs: number, signal: AbortSignal) => Promise<ReadableStream<Uint8Array>>;
  readonly #durationMs: number;
  readonly #sink: CastSink;
  #speed = 1;
  #state: PlayerState = "loading";
  #wantsToPlay = false;
  #atMs = 0;
  #tickedMs = 0;
  #timer: ReturnType<typeof setInterval> | undefined;
  #reading: AbortController | undefined;
  #wake: (() => void) | undefined;

  constructor(
    durationMs: number,
    load: (fromMs: number, signal: AbortSignal) => Promise<ReadableStream<Uint8Array>>,
    sink: CastSink,
  ) {
    this.#durationMs = durationMs;
    this.#load = load;
    this.#sink = sink;
  }

  play(): void {
    this.#wantsToPlay = true;
    if (this.#state === "ended" || this.#state === "failed") this.seek(this.#state === "ended" ? 0 : this.#atMs);
    else if (this.#state === "paused") this.#run();
  }

  pause(): void {
    this.#wantsToPlay = false;
    this.#tick();
    if (this.#state === "playing") this.#set("paused");
  }

  /** Times as fast as it was. */
  set speed(speed: number) {
    this.#tick();
    this.#speed = speed;
    this.#wake?.();
  }

  seek(toMs: number): void {
    this.#atMs = Math.min(Math.max(0, toMs), this.#durationMs);
    this.#reading?.abort();
    const reading = new AbortController();
    this.#reading = reading;
    this.#set("loading");
    this.#read(this.#atMs, reading.signal).catch(() => {
      if (!reading.signal.aborted) this.#set("failed");
    });
  }

  stop(): void {
    this.#reading?.abort();
    this.#wake?.();
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  async #read(fromMs: number, signal: AbortSignal): Promise<void> {
    const body = await this.#load(fromMs, signal);
    if (signal.aborted) return;
    this.#sink.clear();
    let there = false;
    for await (const event of castEvents(body)) {
      if (signal.aborted) return;
      if (!there && event.atMs > fromMs) {
        there = true;
        this.#arrived();
      }
      if (there) await this.#until(event.atMs, signal);
      if (signal.aborted) return;
      await this.#draw(event);
    }
    if (signal.aborted) return;
    this.#atMs = this.#durationMs;
    this.#set("ended");
  }

  async #draw({ kind, data }: CastEvent): Promise<void> {
    if (kind === "o") await this.#sink.write(data);
    const size = kind === "r" ? sizeOf(data) : undefined;
    if (size) this.#sink.size(size.columns, size.rows);
  }

  #arrived(): void {
    if (this.#wantsToPlay) this.#run();
    else this.#set("paused");
  }

  #run(): void {
    this.#tickedMs = performance.now();
    this.#set("playing");
  }

  #until(atMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        this.#tick();
        if (!signal.aborted && this.#atMs < atMs) return;
        this.#wake = undefined;
        resolve();
      };
      this.#wake = look;
      signal.addEventListener("abort", look);
      look();
    });
  }

  #tick(): void {
    if (this.#state !== "playing") return;
    const nowMs = performance.now();
    this.#atMs = Math.min(this.#atMs + (nowMs - this.#tickedMs) * this.#speed, this.#durationMs);
    this.#tickedMs = nowMs;
  }

  #set(state: PlayerState): void {
    this.#state = state;
    clearInterval(this.#timer);
    this.#timer = undefined;
    if (state === "playing") {
      this.#timer = setInterval(() => {
        this.#tick();
        this.#wake?.();
        this.#tell();
      }, TICK_MS);
    }
    this.#tell();
  }

  #tell(): void {
    this.#sink.changed({ atMs: this.#atMs, state: this.#state });
  }
}
