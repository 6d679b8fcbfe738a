/** A command line by line until it is whole, without reading a long one anew at each of its lines. */
import type { GrammarOptions } from "./syntax/tokens.ts";
import { type ParsedLine, parseScript } from "./syntax.ts";

/** One command typed, pasted or piped in, with its here-documents, characters. */
export const COMMAND_LENGTH_MAX = 1 << 20;

/** Up to here each line is tried; behind it one that could be the last of something, and behind that of something outer. */
const TRIED_LENGTH_MAX = 8 << 10;
const TRIED_INDENTED_MAX = 64 << 10;

const ENDS = /^(?:done|fi|esac|[})])/;
const ENDS_INDENTED = /(?:^|[\s;])(?:done|fi|esac|[})])/;
const GOES_ON = /[\\|&]\s*$/;

export class PendingCommand {
  text = "";
  #delimiters: Set<string> | undefined;
  #isTooLong = false;
  #lastLine = "";
  /** The quote that is open, when it is one. */
  #quote: string | undefined;
  #triedLength = 0;

  /** The quote that is open, and whether a here-document is. */
  get openQuote(): string {
    return this.#quote ?? "";
  }

  get isDocument(): boolean {
    return this.#delimiters !== undefined;
  }

  /** @returns what it is when it is whole, "too-long" when it is over and was too long, undefined when more is needed */
  add(line: string, options: GrammarOptions & { firstLine?: number } = {}): ParsedLine | "too-long" | undefined {
    const endsDocument = this.#delimiters?.has(line.replace(/^\t+/, "")) ?? false;
    const before = this.#lastLine;
    this.#lastLine = line;
    if (!this.#isTooLong) this.text += `${line}\n`;
    if (this.text.length > COMMAND_LENGTH_MAX) {
      this.#isTooLong = true;
      this.text = "";
    }
    // The rest of a here-document must not be taken for commands.
    if (this.#isTooLong) return endsDocument || !this.#delimiters ? "too-long" : undefined;
    if (this.#delimiters && !endsDocument) return undefined;
    if (!endsDocument && !this.#isWorthReading(line, before)) return undefined;
    const parsed = parseScript(this.text, options);
    if (parsed.kind !== "incomplete") return parsed;
    this.#triedLength = this.text.length;
    const { open } = parsed;
    this.#quote = open.kind === "quote" ? open.char : undefined;
    this.#delimiters = open.kind === "here-document" ? new Set(open.delimiters) : undefined;
    return undefined;
  }

  #isWorthReading(line: string, before: string): boolean {
    const { length } = this.text;
    if (length <= TRIED_LENGTH_MAX || this.#triedLength === 0 || length > this.#triedLength * 1.5) return true;
    if (this.#quote !== undefined) return line.includes(this.#quote);
    if (GOES_ON.test(before)) return true;
    return (length > TRIED_INDENTED_MAX ? ENDS : ENDS_INDENTED).test(line);
  }
}
