/**
 * One browser looking at a terminal: how far it was sent, how far it has parsed.
 */
import type { Frame } from "../frames.ts";
import type { ByteRing } from "./byte-ring.ts";
import { FlowMark } from "./flow-mark.ts";
import type { Screen } from "./screens.ts";

/** One frame: large enough for bulk, small enough that a keystroke of another terminal is not stuck behind it. */
const FRAME_BYTES_MAX = 64 * 1024;

export interface Reader {
  /** False for one who only watches, until the owner lets them type. */
  readonly mayType: boolean;
  send(frame: Frame): void;
}

export class ReaderCursor {
  readonly reader: Reader;
  readonly #sessionId: string;
  readonly #ring: ByteRing;
  readonly #screen: Screen;
  /** Unparsed bytes above which nothing more is sent until half is parsed. */
  readonly #mark = new FlowMark();
  #sent: number;
  #parsed: number;
  #holding = false;
  #wantsScreen: boolean;
  #gone = false;

  /** @param from first byte this browser lacks; undefined when it needs the whole screen */
  constructor(sessionId: string, reader: Reader, ring: ByteRing, screen: Screen, from: number | undefined) {
    this.#sessionId = sessionId;
    this.reader = reader;
    this.#ring = ring;
    this.#screen = screen;
    this.#sent = from ?? ring.end;
    this.#parsed = this.#sent;
    this.#wantsScreen = from === undefined;
    if (this.#wantsScreen) void this.#sendScreen();
  }

  /** Output waits for this browser: it is at its mark, and what it lacks is still being kept for it. */
  get holds(): boolean {
    return this.#holding;
  }

  /** Send what there is to send. Called for every chunk, so it does nothing but forward. */
  pump(): void {
    if (this.#wantsScreen || this.#gone) return;
    while (this.#sent < this.#ring.end && !this.#holding) {
      const unparsed = this.#sent - this.#parsed;
      const room = Math.max(1, this.#mark.bytes - unparsed);
      const bytes = this.#ring.slice(this.#sent, Math.min(FRAME_BYTES_MAX, room));
      if (!bytes) {
        // It fell behind what is kept, because another browser drove the shell on: it gets the screen as it is now.
        this.#wantsScreen = true;
        void this.#sendScreen();
        return;
      }
      this.reader.send({ kind: "output", sessionId: this.#sessionId, offset: this.#sent, bytes });
      this.#sent += bytes.length;
      this.#mark.sent(this.#sent, unparsed);
      this.#holding = this.#sent - this.#parsed >= this.#mark.bytes;
    }
  }

  /** The browser has parsed up to `offset`; a figure that cannot be is ignored. */
  parsed(offset: number): void {
    if (offset <= this.#parsed || offset > this.#sent) return;
    this.#mark.parsed(offset, offset - this.#parsed, this.#sent - offset);
    this.#parsed = offset;
    if (this.#sent - this.#parsed <= this.#mark.bytes / 2) this.#holding = false;
    this.pump();
  }

  leave(): void {
    this.#gone = true;
  }

  async #sendScreen(): Promise<void> {
    try {
      const { offset, columns, rows, redraw } = await this.#screen.snapshot();
      if (this.#gone) return;
      const bytes = Buffer.from(redraw, "utf8");
      this.reader.send({ kind: "screen", sessionId: this.#sessionId, offset, columns, rows, bytes });
      this.#sent = offset;
      this.#parsed = offset;
      this.#holding = false;
      this.#wantsScreen = false;
      this.pump();
    } catch {
      // The terminal was closed meanwhile: its end is told by its state.
    }
  }
}
