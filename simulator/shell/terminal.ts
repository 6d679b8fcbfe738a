/**
 * The terminal of a session: the line discipline between the client's keys and the programs' reads (cooked with echo,
 * without echo, raw), signals from keys, and output on its way to the client.
 *
 * @source termios(3): ICANON, ECHO, ISIG, ECHOCTL, OPOST with ONLCR
 */
import { noActivity, type ShellActivity } from "./activity.ts";
import type { NodeProcess } from "./node-process.ts";
import { OpenFile, parked, wake } from "./open-file.ts";
import type { SignalName, Tty } from "./process.ts";
import { initialSettings, type TtySettings } from "./tty-settings.ts";

/** Keys that wait to be read; more is dropped, as a real terminal's driver does. */
const INPUT_BYTES_MAX = 1 << 20;

/** Keys that one read gives at most: whoever reads a long paste line by line is not handed all of it each time. */
const READ_BYTES_MAX = 4_096;

const NEVER = new AbortController().signal;

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;

export interface TerminalOptions {
  columns: number;
  rows: number;
  term: string;
  /** Bytes to the client; resolves when it may have more. */
  send(bytes: Uint8Array): Promise<void>;
  activity?: ShellActivity;
}

/**
 * `keys`: every key as it comes, but ^C, ^Z and ^\ are signals still, for `read -n`. `line-editor`: every key, and ^C takes
 * with it what was typed before it and not read; output is held by ^S, as in the cooked ones.
 */
export type TtyMode = "cooked" | "no-echo" | "raw" | "keys" | "line-editor";

export class Terminal {
  columns: number;
  rows: number;
  readonly term: string;
  /** What `stty` changes. */
  settings: TtySettings = initialSettings();
  /** The process group that keys' signals go to and that may read. */
  foreground = 0;
  /** Told of ^C, ^\ and ^Z. */
  onKeySignal: (name: SignalName) => void = () => {};
  #send: (bytes: Uint8Array) => Promise<void>;
  #activity: ShellActivity;
  #mode: TtyMode = "cooked";
  /** The line being typed in cooked mode. */
  #line: number[] = [];
  /** Whole lines (with their newline), raw keys, or an empty chunk for ^D. */
  #ready: Uint8Array[] = [];
  #readyBytes = 0;
  /** Keys of a paste that the line editor gave back; made into lines when a program reads. They are not echoed. */
  #givenBack: Uint8Array[] = [];
  #echoes = true;
  /** ^V: the next key is taken as it is. */
  #literal = false;
  /** ^S: nothing is shown until ^Q. */
  #stopped = false;
  #held: Uint8Array[] = [];
  #stopWaiters = new Set<() => void>();
  #hungUp = false;
  #waiters = new Set<() => void>();
  #resizeListeners = new Set<() => void>();

  constructor(options: TerminalOptions) {
    this.columns = options.columns;
    this.rows = options.rows;
    this.term = options.term;
    this.#send = options.send;
    this.#activity = options.activity ?? noActivity;
  }

  get mode(): TtyMode {
    return this.#mode;
  }

  /** Change the mode; what was typed ahead stays and is read in the new mode. */
  setMode(mode: TtyMode): void {
    if (mode === this.#mode) return;
    const typed = [...this.#ready.map((chunk) => (chunk.length ? chunk : Uint8Array.of(this.settings.keys.eof)))];
    if (this.#line.length) typed.push(Uint8Array.from(this.#line));
    const byKey = (one: TtyMode) => one === "raw" || one === "keys" || one === "line-editor";
    const wasByKey = byKey(this.#mode);
    this.#mode = mode;
    if (byKey(mode) === wasByKey) return;
    const givenBack = this.#givenBack;
    this.flushInput();
    const bytes = Buffer.concat(typed);
    if (byKey(mode)) {
      if (bytes.length > 0) this.#push(bytes);
      for (const chunk of givenBack) this.#push(chunk);
    } else {
      // What was typed while the line editor had the keys (a pasted second line) is for whoever reads now; it was not
      // echoed yet.
      this.#givenBack = givenBack;
      if (bytes.length > 0) this.input(bytes);
    }
  }

  /** The line editor has its line: keys behind it are for whoever reads next. Called in raw mode. */
  giveBack(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#givenBack = [bytes, ...this.#ready];
    this.#ready = [];
    this.#readyBytes = 0;
  }

  /** Lines out of what was given back: one, or all that there is. */
  #cookGivenBack(all: boolean): void {
    this.#echoes = false;
    for (let chunk = this.#givenBack.shift(); chunk; chunk = this.#givenBack.shift()) {
      let at = 0;
      while (at < chunk.length && (all || this.#ready.length === 0)) this.#cook(chunk[at++]!);
      if (at === chunk.length) continue;
      this.#givenBack.unshift(chunk.subarray(at));
      break;
    }
    this.#echoes = true;
  }

  /** Keys from the client. */
  input(bytes: Uint8Array): void {
    this.#activity.touch();
    if (this.#mode === "raw") {
      this.#push(bytes);
      return;
    }
    const typed = this.#flowControlled(bytes);
    if (this.#mode === "line-editor") {
      const { isig } = this.settings;
      const from = isig ? typed.findLastIndex((byte) => this.#signalOf(byte) !== undefined) : -1;
      if (from >= 0) this.flushInput();
      this.#push(from > 0 ? typed.subarray(from) : typed);
      return;
    }
    if (this.#mode === "keys") {
      for (const byte of typed) {
        if (this.#signalOf(byte) !== undefined) this.#cook(byte);
        else this.#push(Uint8Array.of(byte === CARRIAGE_RETURN ? NEWLINE : byte));
      }
      return;
    }
    this.#cookGivenBack(true);
    for (const byte of typed) this.#cook(byte);
  }

  #signalOf(byte: number): SignalName | undefined {
    const { keys, isig } = this.settings;
    if (!isig) return undefined;
    if (byte === keys.intr) return "SIGINT";
    if (byte === keys.quit) return "SIGQUIT";
    return byte === keys.susp ? "SIGTSTP" : undefined;
  }

  /** The keys without ^S and ^Q, which hold output and let it go on; so does a signal's key. */
  #flowControlled(bytes: Uint8Array): Uint8Array {
    const { keys, ixon } = this.settings;
    if (!ixon || (!this.#stopped && !bytes.includes(keys.stop) && !bytes.includes(keys.start))) return bytes;
    for (const byte of bytes) {
      if (byte === keys.stop) this.#stopped = true;
      else if (this.#stopped && (byte === keys.start || this.#signalOf(byte) !== undefined)) this.#goOn();
    }
    return bytes.includes(keys.stop) || bytes.includes(keys.start)
      ? bytes.filter((byte) => byte !== keys.stop && byte !== keys.start)
      : bytes;
  }

  #goOn(): void {
    this.#stopped = false;
    for (const bytes of this.#held.splice(0)) void this.#send(bytes);
    wake(this.#stopWaiters);
  }

  resize(columns: number, rows: number): void {
    this.columns = columns;
    this.rows = rows;
    for (const listener of [...this.#resizeListeners]) listener();
    this.onKeySignal("SIGWINCH");
  }

  onResize(listener: () => void): () => void {
    this.#resizeListeners.add(listener);
    return () => this.#resizeListeners.delete(listener);
  }

  /** The client is gone: reads end, output goes nowhere. */
  hangUp(): void {
    this.#hungUp = true;
    this.#stopped = false;
    wake(this.#stopWaiters);
    wake(this.#waiters);
  }

  get hungUp(): boolean {
    return this.#hungUp;
  }

  /** Throw away what was typed ahead. */
  flushInput(): void {
    this.#givenBack = [];
    this.#line = [];
    this.#ready = [];
    this.#readyBytes = 0;
  }

  /** Whether a read would be answered at once. */
  get hasKeys(): boolean {
    return this.#ready.length > 0;
  }

  /** A chunk of input: a line in cooked modes, keys in raw mode; undefined at ^D or when the client is gone. */
  async read(signal: AbortSignal): Promise<Uint8Array | undefined> {
    for (;;) {
      if (this.#ready.length === 0) this.#cookGivenBack(false);
      let chunk = this.#ready.shift();
      if (chunk) {
        if ((this.#mode === "raw" || this.#mode === "line-editor") && chunk.length > READ_BYTES_MAX) {
          this.#ready.unshift(chunk.subarray(READ_BYTES_MAX));
          chunk = chunk.subarray(0, READ_BYTES_MAX);
        }
        this.#readyBytes -= chunk.length;
        this.#activity.touch();
        return chunk.length > 0 ? chunk : undefined;
      }
      if (this.#hungUp) return undefined;
      await parked(this.#waiters, signal);
    }
  }

  /** To the screen; `\n` becomes `\r\n`. Waits while the client is behind. */
  async write(bytes: Uint8Array | string, signal?: AbortSignal): Promise<void> {
    if (this.#hungUp) return;
    this.#activity.touch();
    while (this.#stopped) await parked(this.#stopWaiters, signal ?? NEVER);
    const sent = this.#send(withCarriageReturns(typeof bytes === "string" ? Buffer.from(bytes) : bytes));
    if (!signal) return sent;
    if (signal.aborted) throw signal.reason;
    await new Promise<void>((resolve, reject) => {
      const aborted = () => reject(signal.reason);
      signal.addEventListener("abort", aborted, { once: true });
      sent.then(resolve, reject).finally(() => signal.removeEventListener("abort", aborted));
    });
    this.#activity.touch();
  }

  #cook(byte: number): void {
    const { keys } = this.settings;
    const signal = this.#literal ? undefined : this.#signalOf(byte);
    if (signal) {
      this.flushInput();
      this.#echo(caret(byte));
      this.onKeySignal(signal);
      return;
    }
    if (this.#literal) {
      this.#literal = false;
      this.#add(byte);
      return;
    }
    switch (byte) {
      case keys.eof:
        this.#push(Uint8Array.from(this.#line));
        this.#line = [];
        return;
      case CARRIAGE_RETURN:
      case NEWLINE:
        this.#line.push(NEWLINE);
        this.#echo("\r\n");
        this.#push(Uint8Array.from(this.#line));
        this.#line = [];
        return;
      case keys.erase:
      case BACKSPACE:
        this.#eraseLast();
        return;
      case keys.werase:
        this.#eraseWord();
        return;
      case keys.kill:
        while (this.#line.length > 0) this.#eraseLast();
        return;
      case keys.lnext:
        this.#literal = true;
        this.#echo("^\b");
        return;
      case keys.rprnt:
        this.#echo(`^R\r\n${Buffer.from(this.#line).toString("utf8")}`);
        return;
      default:
        this.#add(byte);
    }
  }

  #add(byte: number): void {
    if (this.#line.length >= 4_095) return;
    this.#line.push(byte);
    this.#echo((byte < 0x20 && byte !== 0x09) || byte === 0x7f ? caret(byte) : Uint8Array.of(byte));
  }

  /** What is no letter, digit or underscore, and then what is. */
  #eraseWord(): void {
    let seen = false;
    for (let last = this.#line.at(-1); last !== undefined; last = this.#line.at(-1)) {
      const isLetter = /\w/.test(String.fromCharCode(last));
      if (!isLetter && seen) return;
      seen ||= isLetter;
      this.#eraseLast();
    }
  }

  #eraseLast(): void {
    if (this.#line.length === 0) return;
    let byte = this.#line.pop()!;
    // A character of UTF-8 goes as a whole: its trailing bytes are 10xxxxxx.
    while ((byte & 0xc0) === 0x80 && this.#line.length > 0) byte = this.#line.pop()!;
    this.#echo(byte < 0x20 ? "\b\b  \b\b" : "\b \b");
  }

  #echo(text: Uint8Array | string): void {
    const shows = this.#echoes && this.settings.echo && (this.#mode === "cooked" || this.#mode === "keys");
    if (!shows || this.#hungUp) return;
    const bytes = typeof text === "string" ? Buffer.from(text) : text;
    if (this.#stopped) this.#held.push(bytes);
    else void this.#send(bytes);
  }

  #push(bytes: Uint8Array): void {
    if (this.#readyBytes + bytes.length > INPUT_BYTES_MAX) return;
    if (bytes.length === 0 && this.#mode !== "cooked" && this.#mode !== "no-echo") return;
    this.#ready.push(bytes);
    this.#readyBytes += bytes.length;
    wake(this.#waiters);
  }
}

const BACKSPACE = 0x08;

const caret = (byte: number) => `^${String.fromCharCode(byte ^ 64)}`;

function withCarriageReturns(bytes: Uint8Array): Uint8Array {
  const first = bytes.indexOf(NEWLINE);
  if (first < 0) return bytes;
  let lines = 0;
  for (let at = first; at < bytes.length; at++) if (bytes[at] === NEWLINE) lines++;
  const out = new Uint8Array(bytes.length + lines);
  out.set(bytes.subarray(0, first));
  let to = first;
  for (let at = first; at < bytes.length; at++) {
    const byte = bytes[at]!;
    if (byte === NEWLINE) out[to++] = CARRIAGE_RETURN;
    out[to++] = byte;
  }
  return out;
}

/** The terminal as an open file: what descriptors 0, 1 and 2 of a login shell point to. */
export class TerminalFile extends OpenFile {
  readonly kind = "tty";
  readonly terminal: Terminal;
  constructor(terminal: Terminal) {
    super();
    this.terminal = terminal;
    this.path = "/dev/tty";
  }

  protected async readMore(process: NodeProcess, signal: AbortSignal): Promise<Uint8Array | undefined> {
    await inForeground(this.terminal, process);
    return this.terminal.read(signal);
  }

  write(bytes: Uint8Array, process: NodeProcess): Promise<void> {
    return this.terminal.write(bytes, process.signal);
  }
}

/** Who reads from the terminal in the background stops until it is brought to the foreground. */
async function inForeground(terminal: Terminal, process: NodeProcess): Promise<void> {
  while (terminal.foreground !== 0 && process.group !== terminal.foreground && !terminal.hungUp) {
    process.deliverToGroup("SIGTTIN");
    await process.proceed();
    if (process.ignored.has("SIGTTIN")) return;
  }
}

/** The terminal as a program sees it. */
export function ttyOf(terminal: Terminal, process: NodeProcess): Tty {
  return {
    get columns() {
      return terminal.columns;
    },
    get rows() {
      return terminal.rows;
    },
    term: terminal.term,
    setMode: (mode) => terminal.setMode(mode),
    get settings() {
      return terminal.settings;
    },
    setSettings: (settings) => {
      terminal.settings = settings;
    },
    resize: (columns, rows) => terminal.resize(columns, rows),
    async readLine() {
      await inForeground(terminal, process);
      const chunk = await terminal.read(process.signal);
      await process.proceed();
      return chunk === undefined ? undefined : Buffer.from(chunk).toString("utf8").replace(/\n$/, "");
    },
    async readKeys(stop) {
      await inForeground(terminal, process);
      const keys = await terminal.read(stop ? AbortSignal.any([process.signal, stop]) : process.signal);
      await process.proceed();
      return keys ?? new Uint8Array(0);
    },
    async write(bytes) {
      // A program that a signal ends has one more turn, to leave the screen as it found it.
      if (process.signal.aborted && process.status === undefined) return terminal.write(bytes);
      if (process.held) await process.proceed();
      await terminal.write(bytes, process.signal);
    },
    onResize: (listener) => terminal.onResize(listener),
  };
}
