/** One editor at work: the line, where keys come from, and what functions keep between keys. */
import type { CompleteLine } from "../completion.ts";
import type { History } from "../history.ts";
import { Terminated } from "../process.ts";
import type { Terminal } from "../terminal.ts";
import { isZeroWidth } from "../text-width.ts";
import { nextTurn, turnIsOver } from "../turns.ts";
import { CutRing } from "./cut-ring.ts";
import { charactersOf, EditedLine } from "./edited-line.ts";
import { HistoryWalk } from "./history-walk.ts";
import { LineDisplay } from "./line-display.ts";
import type { EditorSettings } from "./settings.ts";

/** How a function ends the line: it is entered, or the input is at its end. */
// biome-ignore lint/suspicious/noConfusingVoidType: most functions end in nothing
export type Outcome = "line" | "end" | undefined | void;

/** @param count the numeric argument, 1 when none was given. @param keys what it was called with */
export type EditorFunction = (editing: Editing, count: number, keys: string) => Outcome | Promise<Outcome>;

/** What an editor asks of the shell. */
export interface EditorHost {
  complete: CompleteLine;
  /** ^X ^E: the line in an editor; undefined when that failed. */
  edit?(line: string): Promise<string | undefined>;
  /** M-C-e: the line with its expansions made. */
  expand?(line: string): Promise<string>;
}

const PASTE_END = "\x1b[201~";
/** A line of more is not typed further. */
export const LINE_LENGTH_MAX = 1 << 20;

export class Editing {
  readonly line = new EditedLine();
  readonly ring = new CutRing();
  readonly display: LineDisplay;
  readonly walk: HistoryWalk;
  readonly history: History;
  readonly settings: EditorSettings;
  readonly host: EditorHost;
  #functions: Readonly<Record<string, EditorFunction>>;
  #terminal: Terminal;
  #signal = new AbortController().signal;
  #decoder = new TextDecoder();
  #pending = "";
  /** Keys that were recorded by `C-x (`, and those that are being recorded. */
  macro = "";
  recording: string | undefined;
  /** Macros run for one line. */
  macrosRun = 0;
  /** The line is below the cursor already, as an editor left it. */
  isEntered = false;
  /** The function before this one, and whether it cut. */
  lastFunction = "";
  lastCut = false;
  cut = false;
  /** A numeric argument was typed. */
  explicit = false;
  #keepMark = false;
  lastQuery: string[] = [];
  lastString = "";
  beginning = "";
  /** M-.: how many lines back, which way, which word, and whether it put something in. */
  lastArgument = { skip: 0, direction: 1, word: undefined as number | undefined, inserted: false };
  /** Whether Tab changed the line. */
  completed = false;
  menu: { candidates: string[]; start: number; at: number; suffix: string } | undefined;
  /** ^O: the line that comes next. */
  next: number | undefined;

  constructor(
    terminal: Terminal,
    history: History,
    settings: EditorSettings,
    host: EditorHost,
    functions: Readonly<Record<string, EditorFunction>>,
  ) {
    this.#terminal = terminal;
    this.history = history;
    this.settings = settings;
    this.host = host;
    this.#functions = functions;
    this.display = new LineDisplay(terminal);
    this.walk = new HistoryWalk(history, this.line);
  }

  start(signal: AbortSignal): void {
    this.#signal = signal;
    this.line.replace("");
    this.line.mark = 0;
    this.line.isMarked = false;
    this.message = undefined;
    this.lastFunction = "";
    this.lastCut = false;
    this.macrosRun = 0;
    this.isEntered = false;
    this.walk.start();
  }

  /** What stands in the place of the prompt, while a search or an argument is typed. */
  message: (() => string) | undefined;
  #answering = false;

  /** A key that answers a question below the line. */
  async readAnswer(): Promise<string | undefined> {
    this.#answering = true;
    try {
      return await this.readKey();
    } finally {
      this.#answering = false;
    }
  }

  /** Keys that were read and are not used: whole ones, for whoever reads next. */
  takeRest(): string {
    const rest = this.#pending;
    this.#pending = "";
    return rest;
  }

  get hasPending(): boolean {
    return this.#pending !== "";
  }

  pushBack(keys: string): void {
    this.#pending = keys + this.#pending;
  }

  /**
   * The next character typed; undefined when the client is gone.
   *
   * @param signals ^C, ^Z and ^\ are what they are at a terminal
   * @throws Terminated SIGINT at ^C
   */
  async readKey(signals = true): Promise<string | undefined> {
    for (;;) {
      // A long paste leaves other sessions their turns.
      if (turnIsOver()) await nextTurn(this.#terminal);
      while (this.#pending === "") {
        // What is typed or pasted at once is drawn at once.
        if (!this.#terminal.hasKeys) {
          if (!this.#answering) this.display.draw(this.line, this.message?.());
          await this.display.flush();
        }
        const bytes = await this.#terminal.read(this.#signal);
        if (!bytes) return undefined;
        this.#pending += this.#decoder.decode(bytes, { stream: true });
      }
      const key = String.fromCodePoint(this.#pending.codePointAt(0)!);
      this.#pending = this.#pending.slice(key.length);
      if (signals && key === "\x03") throw new Terminated("SIGINT");
      if (signals && (key === "\x1a" || key === "\x1c")) continue;
      if (this.recording !== undefined) this.recording += key;
      return key;
    }
  }

  /**
   * Keys up to a function.
   *
   * @returns `self-insert` for what is put in, "" for keys that do nothing, `end-of-input` when the client is gone
   */
  async readFunction(): Promise<{ keys: string; name: string }> {
    let at = this.settings.keys;
    let keys = "";
    for (;;) {
      const key = await this.readKey();
      if (key === undefined) return { keys, name: "end-of-input" };
      keys += key;
      const next = at.get(key);
      if (typeof next === "string") return { keys, name: next };
      if (next) {
        // An ESC alone, for whoever takes it as a key.
        if (keys === "\x1b" && this.escapeIsKey && !this.hasPending) return { keys, name: "" };
        at = next;
        continue;
      }
      if (keys === key && !/^[\x00-\x1f\x7f]/.test(key)) return { keys, name: "self-insert" };
      if (/^\x1b[A-Z]$/.test(keys)) {
        const small = at.get(key.toLowerCase());
        if (typeof small === "string") return { keys, name: small };
      }
      return { keys, name: "" };
    }
  }

  /** In a search, ESC ends it. */
  escapeIsKey = false;

  /** What is pasted, up to the end of the paste. */
  async readPaste(): Promise<string> {
    const parts: string[] = [];
    for (;;) {
      const end = this.#pending.indexOf(PASTE_END);
      if (end >= 0) {
        parts.push(this.#pending.slice(0, end));
        this.#pending = this.#pending.slice(end + PASTE_END.length);
        break;
      }
      // The end's own beginning may be here already.
      const kept = Math.max(0, this.#pending.length - PASTE_END.length);
      parts.push(this.#pending.slice(0, kept));
      const rest = this.#pending.slice(kept);
      this.#pending = "";
      const key = await this.readKey(false);
      if (key === undefined) {
        parts.push(rest);
        break;
      }
      this.#pending = rest + key + this.#pending;
    }
    return parts.join("").replace(/\r\n?/g, "\n");
  }

  /** One key, whatever it is. */
  async readQuoted(): Promise<string> {
    return (await this.readKey(false)) ?? "";
  }

  /** Do what a key does, with an argument. */
  async perform(name: string, keys: string, count = 1): Promise<Outcome> {
    const perform = this.#functions[name];
    this.cut = false;
    this.#keepMark = false;
    let outcome: Outcome;
    if (perform) outcome = await perform(this, count, keys);
    else this.display.ring();
    this.lastCut = this.cut;
    if (name !== "digit-argument") this.lastFunction = name;
    if (!this.#keepMark) this.line.isMarked = false;
    return outcome;
  }

  /** Show what is between mark and point until the next key. */
  markNow(): void {
    if (!this.settings.isOn("enable-active-region")) return;
    this.line.isMarked = true;
    this.#keepMark = true;
  }

  /** Take text out and keep it for ^Y. */
  kill(from: number, to: number): void {
    this.cut = true;
    const before = to < from;
    const removed = this.line.delete(from, to);
    if (removed.length > 0) this.ring.keep(removed.join(""), { joins: this.lastCut, before });
  }

  /** Put a typed character in, and those that wait behind it and are put in as well. */
  insertTyped(first: string): void {
    if (this.recording !== undefined || this.explicit || isZeroWidth(first.codePointAt(0)!)) {
      this.insert(first);
      return;
    }
    const typed = [first];
    let end = 0;
    for (const char of this.#pending) {
      const code = char.codePointAt(0)!;
      if (code < 0x20 || code === 0x7f || isZeroWidth(code) || this.settings.keys.get(char) !== undefined) break;
      typed.push(char);
      end += char.length;
    }
    this.#pending = this.#pending.slice(end);
    const room = LINE_LENGTH_MAX - this.line.length;
    if (typed.length > room) this.display.ring();
    this.line.type(typed.length > room ? typed.slice(0, Math.max(0, room)) : typed);
  }

  /** Put text in, as far as the line's length allows. */
  insert(text: string): void {
    const room = LINE_LENGTH_MAX - this.line.length;
    const characters = charactersOf(text);
    if (characters.length > room) this.display.ring();
    this.line.insert(characters.length > room ? characters.slice(0, room) : characters);
  }
}
