/** Source text with a place in it, and what can be wrong with it. */

/** What is open where the text ends. */
export type Open =
  | { kind: "quote"; char: string }
  | { kind: "here-document"; delimiters: string[] }
  | { kind: "command" }
  | { kind: "line" };

/** The text ends before what began in it. */
export class Unfinished extends Error {
  readonly open: Open;
  readonly line: number;
  constructor(message: string, open: Open, line: number) {
    super(message);
    this.open = open;
    this.line = line;
  }
}

/** Text that is no command. */
export class Mistake extends Error {
  readonly line: number;
  /** What bash answers with for it. */
  readonly status: number;
  /** Whether bash shows the line behind its message, and how. */
  readonly shown: string | undefined;
  /** It stands in a `$( )`. */
  inSubstitution = false;
  constructor(message: string, line: number, options: { status?: number; shown?: string } = {}) {
    super(message);
    this.line = line;
    this.status = options.status ?? 2;
    this.shown = options.shown;
  }
}

/** Constructs inside each other; each level is a stretch of the host's stack. */
const DEPTH_MAX = 250;

/**
 * Words, operators and newlines of one command. A command is read in one piece, while the other labs of the thread wait:
 * so many take some 0.1 s.
 */
const TOKENS_MAX = 50_000;

export class Source {
  text: string;
  at = 0;
  depth = 0;
  /** Counts how often the text was changed. */
  edition = 0;
  /** Tokens of the present command so far. */
  tokens = 0;
  readonly firstLine: number;
  #starts: number[] | undefined;
  /** Before aliases were put in, for messages. */
  readonly #asTyped: string;

  constructor(text: string, firstLine = 1) {
    this.text = text;
    this.#asTyped = text;
    this.firstLine = firstLine;
  }

  get ended(): boolean {
    return this.at >= this.text.length;
  }

  peek(offset = 0): string {
    return this.text[this.at + offset] ?? "";
  }

  starts(text: string): boolean {
    return this.text.startsWith(text, this.at);
  }

  /** What a sticky expression finds here. */
  match(expression: RegExp): string | undefined {
    expression.lastIndex = this.at;
    return expression.exec(this.text)?.[0];
  }

  /** The number of the line that a place lies in. */
  lineAt(at = this.at): number {
    if (!this.#starts) {
      this.#starts = [0];
      for (let end = this.text.indexOf("\n"); end >= 0; end = this.text.indexOf("\n", end + 1))
        this.#starts.push(end + 1);
    }
    const starts = this.#starts;
    let [low, high] = [0, starts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle]! <= at) low = middle;
      else high = middle - 1;
    }
    return low + this.firstLine;
  }

  /** The line at the text's end, as bash counts it: one that ends with a newline has another behind it. */
  get lastLine(): number {
    return this.lineAt(this.text.length);
  }

  /** The text of a line by its number. */
  lineText(line: number): string {
    return this.#asTyped.split("\n")[line - this.firstLine] ?? "";
  }

  /** Put text in the place of what lies between two places. */
  replace(from: number, to: number, text: string): void {
    this.text = this.text.slice(0, from) + text + this.text.slice(to);
    this.#starts = undefined;
    this.edition++;
  }

  /** One level deeper while `read` reads. @throws Mistake */
  nested<T>(read: () => T): T {
    if (this.depth >= DEPTH_MAX) {
      throw new Mistake(`more than ${DEPTH_MAX} levels inside each other in this simulated shell`, this.lineAt());
    }
    this.depth++;
    try {
      return read();
    } finally {
      this.depth--;
    }
  }

  /** One more of the present command's tokens. @throws Mistake */
  countToken(): void {
    if (++this.tokens > TOKENS_MAX) {
      throw new Mistake(`more than ${TOKENS_MAX} words in one command in this simulated shell`, this.lineAt());
    }
  }

  unclosed(char: string, line = this.lastLine): Unfinished {
    return new Unfinished(`unexpected EOF while looking for matching \`${char}'`, { kind: "quote", char }, line);
  }
}
