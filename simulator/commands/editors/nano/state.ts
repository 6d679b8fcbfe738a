/** What nano knows while it runs, and how it tells something. */
import type { ProgramContext, Tty } from "../../../shell/process.ts";
import { EditedFile } from "./edited-file.ts";
import type { Menu } from "./menus.ts";
import { type NanoView, textRows } from "./nano-screen.ts";

/** Keys that a message outlives. @source nano(1), --quickblank: 20 keystrokes */
const MESSAGE_KEYS = 20;

/** A question in the status line. */
export interface Question {
  /** May tell what is switched on, so it is made anew at each look. */
  label: () => string;
  typed: string;
  cursor: number;
  menu: Menu;
  /** One of these letters instead of a line. */
  letters?: string;
  /** What was answered before, newest last. */
  history?: string[];
  /** How far back in the history the line is; none when it is not from there. */
  back?: number;
  /** Keys of this question alone. */
  keys?: Record<string, () => unknown>;
  /** At ^C. */
  cancelled?: () => void;
  answer(text: string): Promise<unknown>;
}

export class NanoState {
  readonly ctx: ProgramContext;
  readonly tty: Tty;
  readonly flags: NanoView["flags"];
  /** `-B`: what a file held is kept when it is written. */
  readonly backsUp: boolean;
  /** Files that are open have a lock file. */
  readonly locks: boolean;

  files: EditedFile[] = [];
  /** Which of them is shown. */
  current = 0;
  /** Several were opened at the start: the title counts them from then on. */
  hadSeveral = false;
  /** The help is over the file. */
  help: EditedFile | undefined;
  /** No file is left. */
  ended = false;

  message = "";
  /** A message of weight is not replaced by a lighter one. */
  isGrave = false;
  /** The message is shown in the colour of errors. */
  isWarning = false;
  /** Keys until the message goes. */
  messageKeys = 0;
  question: Question | undefined;

  /** What was cut or copied last. */
  cutBuffer = "";
  /** What the key before did, when one of its kind goes on with it: cutting, or a change that undo takes back as one. */
  streak: string | undefined;
  search = { text: "", backwards: false, isExpression: false, isExact: false };
  /** What was answered to questions. */
  readonly history: Record<"searches" | "replacements" | "commands", string[]> = {
    searches: [],
    replacements: [],
    commands: [],
  };

  /** @param options by their letters */
  constructor(ctx: ProgramContext, tty: Tty, options: ReadonlySet<string>) {
    this.ctx = ctx;
    this.tty = tty;
    this.flags = {
      autoIndent: options.has("i"),
      tabsToSpaces: options.has("E"),
      softWrap: options.has("S"),
      numbers: options.has("l"),
      noHelp: options.has("x"),
      view: options.has("v"),
    };
    this.backsUp = options.has("B");
    this.locks = !options.has("I") && !options.has("v");
  }

  /** What is shown: the help or a file; an empty one while none is open yet. */
  get file(): EditedFile {
    return this.help ?? this.files[this.current] ?? new EditedFile("");
  }

  get view(): NanoView {
    const { question } = this;
    return {
      columns: this.tty.columns,
      rows: this.tty.rows,
      file: this.file,
      place: this.hadSeveral ? [this.current + 1, this.files.length] : undefined,
      flags: this.flags,
      question: question && { ...question, label: question.label(), letters: question.letters },
      message: this.message,
      isWarning: this.isWarning,
    };
  }

  /** Rows that the text has on the screen. */
  get height(): number {
    return textRows({ rows: this.tty.rows, flags: this.flags });
  }
}

/** Say something in the status line. @param weight lighter messages do not replace a grave one before the next key */
export function tell(nano: NanoState, message: string, weight: "light" | "warning" | "grave" = "light"): void {
  if (nano.isGrave && weight !== "grave") return;
  nano.message = message;
  nano.messageKeys = MESSAGE_KEYS + 1;
  nano.isGrave = weight === "grave";
  nano.isWarning = weight !== "light";
}

/** Say what cannot be done, in nano's colour of errors. @source nano 7.2, importance AHEM and above */
export function warn(nano: NanoState, message: string): void {
  tell(nano, message, "warning");
}
