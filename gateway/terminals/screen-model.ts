/**
 * One terminal's screen as a headless xterm.js: what a browser that comes back is sent.
 *
 * The serialise addon brings back both buffers and most modes. Kept beside it, because it does not: title, cursor style
 * and visibility, the encoding of mouse reports, the scroll region.
 */
import { createRequire } from "node:module";
import type { Terminal as HeadlessTerminal } from "@xterm/headless";
import { Boundary } from "./boundary.ts";
import { unseenBytes } from "./plain-run.ts";

// Both packages are CommonJS without names that Node can see.
const load = createRequire(import.meta.url);
const { Terminal } = load("@xterm/headless") as typeof import("@xterm/headless");
const { SerializeAddon } = load("@xterm/addon-serialize") as typeof import("@xterm/addon-serialize");
const { UnicodeGraphemesAddon } = load(
  "@xterm/addon-unicode-graphemes",
) as typeof import("@xterm/addon-unicode-graphemes");

/** 13 MB for 10,000 full lines were measured: this keeps a full session near 1.5 MB. The browser keeps more. */
export const SCREEN_SCROLLBACK_LINES = 1_000;

/** Lines above the screen in a picture that is shown above the next shell. */
const PICTURE_SCROLLBACK_LINES = 200;

export interface Snapshot {
  /** The stream goes on at this offset. */
  offset: number;
  columns: number;
  rows: number;
  /** Escape sequences that redraw everything on a terminal that was reset. */
  redraw: string;
  /** Nothing unfinished stood before the offset. */
  clean: boolean;
}

interface Waiting {
  /** Undefined for work that waits its turn. */
  bytes: Uint8Array | undefined;
  done: () => void;
}

export class ScreenModel {
  readonly #terminal: HeadlessTerminal;
  readonly #serialize = new SerializeAddon();
  readonly #boundary = new Boundary();
  #waiting: Waiting[] = [];
  #writing = false;
  #offset = 0;
  #disposed = false;
  #title = "";
  #cursorStyle = 0;
  #cursorHidden = false;
  #mouseEncoding = 0;
  #region: [top: number, bottom: number] | undefined;

  constructor(columns: number, rows: number) {
    this.#terminal = new Terminal({
      cols: columns,
      rows,
      scrollback: SCREEN_SCROLLBACK_LINES,
      allowProposedApi: true,
      logLevel: "off",
    });
    this.#terminal.loadAddon(this.#serialize);
    // Characters as wide as on the page, or the cursor would stand elsewhere there.
    this.#terminal.loadAddon(new UnicodeGraphemesAddon());
    this.#observe();
  }

  /** `parsed` is called when the bytes are on the screen. */
  write(bytes: Uint8Array, parsed: () => void): void {
    this.#waiting.push({ bytes, done: parsed });
    this.#next();
  }

  /** Once everything written before it is on the screen, and nothing that is written after it. */
  #after(work: () => void): void {
    this.#waiting.push({ bytes: undefined, done: work });
    this.#next();
  }

  /** What waits is written as one, once the terminal is done with what it has; text that cannot be seen is left out. */
  #next(): void {
    if (this.#writing) return;
    while (this.#waiting[0] && this.#waiting[0].bytes === undefined) this.#waiting.shift()?.done();
    if (this.#waiting.length === 0) return;
    const end = this.#waiting.findIndex(({ bytes }) => bytes === undefined);
    const written = this.#waiting.splice(0, end < 0 ? this.#waiting.length : end);
    const pieces = written.flatMap(({ bytes }) => bytes ?? []);
    const bytes = pieces.length === 1 ? (pieces[0] as Uint8Array) : Buffer.concat(pieces);
    const lines = SCREEN_SCROLLBACK_LINES + 2 * this.#terminal.rows;
    const seen = bytes.subarray(this.#onlyScrolls() ? unseenBytes(bytes, lines) : 0);
    this.#writing = true;
    this.#terminal.write(seen, () => {
      this.#offset += bytes.length;
      this.#boundary.push(seen);
      this.#writing = false;
      for (const { done } of written) done();
      this.#next();
    });
  }

  /** Newlines do nothing here but push lines up and out. */
  #onlyScrolls(): boolean {
    const { normal, active } = this.#terminal.buffer;
    return active === normal && this.#region === undefined && this.#boundary.pending === 0;
  }

  resize(columns: number, rows: number): void {
    // After what was written before it, as on a real terminal.
    this.#after(() => this.#terminal.resize(columns, rows));
  }

  /** The screen after everything written so far. */
  snapshot(done: (snapshot: Snapshot) => void): void {
    this.#after(() => {
      // xterm.js goes on with what was written before it was disposed of.
      if (this.#disposed) return;
      done({
        offset: this.#offset - this.#boundary.pending,
        columns: this.#terminal.cols,
        rows: this.#terminal.rows,
        redraw: this.#serialize.serialize() + this.#beside(),
        clean: this.#boundary.pending === 0,
      });
    });
  }

  /** What can be read on it, with colours, ending below the last line: to be shown above another shell. */
  picture(done: (picture: string) => void): void {
    this.#after(() => {
      if (this.#disposed) return;
      const { normal, alternate, active } = this.#terminal.buffer;
      const scrollback = PICTURE_SCROLLBACK_LINES;
      let picture = this.#serialize.serialize({ scrollback, excludeModes: true, excludeAltBuffer: true });
      let last = this.#terminal.rows - 1;
      const used = (row: number) => normal.getLine(normal.baseY + row)?.translateToString(true) !== "";
      while (last > normal.cursorY && !used(last)) last -= 1;
      if (last > normal.cursorY) picture += `\x1b[${last - normal.cursorY}B`;
      // A full-screen program's lines follow as text.
      if (active === alternate) {
        for (let row = 0; row < this.#terminal.rows; row++) {
          picture += `\r\n${alternate.getLine(row)?.translateToString(true) ?? ""}`;
        }
      }
      done(`${picture}\x1b[m`);
    });
  }

  dispose(): void {
    this.#disposed = true;
    this.#terminal.dispose();
  }

  #observe(): void {
    const { parser } = this.#terminal;
    this.#terminal.onTitleChange((title) => {
      this.#title = title;
    });
    // Each handler answers false: xterm.js still does its own part.
    parser.registerCsiHandler({ intermediates: " ", final: "q" }, (params) => {
      this.#cursorStyle = typeof params[0] === "number" ? params[0] : 0;
      return false;
    });
    parser.registerCsiHandler({ final: "r" }, (params) => {
      const top = Number(params[0] ?? 0) || 1;
      const bottom = Number(params[1] ?? 0) || this.#terminal.rows;
      this.#region = top === 1 && bottom >= this.#terminal.rows ? undefined : [top, bottom];
      return false;
    });
    for (const final of ["h", "l"]) {
      parser.registerCsiHandler({ prefix: "?", final }, (params) => {
        for (const param of params) if (typeof param === "number") this.#privateMode(param, final === "h");
        return false;
      });
    }
    const forget = () => {
      this.#cursorStyle = 0;
      this.#cursorHidden = false;
      this.#mouseEncoding = 0;
      this.#region = undefined;
      return false;
    };
    parser.registerCsiHandler({ intermediates: "!", final: "p" }, forget);
    parser.registerEscHandler({ final: "c" }, forget);
    this.#terminal.onResize(() => {
      this.#region = undefined;
    });
  }

  #privateMode(mode: number, on: boolean): void {
    if (mode === 25) this.#cursorHidden = !on;
    if (mode === 1005 || mode === 1006 || mode === 1015 || mode === 1016) this.#mouseEncoding = on ? mode : 0;
  }

  #beside(): string {
    let extra = "";
    if (this.#region) {
      const { cursorX, cursorY } = this.#terminal.buffer.active;
      // Setting the region sends the cursor home.
      extra += `\x1b[${this.#region[0]};${this.#region[1]}r\x1b[${cursorY + 1};${cursorX + 1}H`;
    }
    if (this.#mouseEncoding) extra += `\x1b[?${this.#mouseEncoding}h`;
    if (this.#cursorStyle) extra += `\x1b[${this.#cursorStyle} q`;
    if (this.#cursorHidden) extra += "\x1b[?25l";
    if (this.#title) extra += `\x1b]2;${this.#title}\x07`;
    return extra;
  }
}
