/** Command history of a session, kept in `~/.bash_history` of the node. */
import { FileError, type NodeFiles } from "./node-files.ts";

/** As Debian's `HISTSIZE` and `HISTFILESIZE` for root. */
const LINES_MAX = 1_000;

export class History {
  lines: string[] = [];
  /** How many of the oldest lines have been dropped, so that numbers go on. */
  dropped = 0;
  /** Lines entered in this session, not yet in the file. */
  #fresh: string[] = [];

  /** Read the node's file; a missing or unreadable one is an empty history. */
  async load(files: NodeFiles, path: string): Promise<void> {
    this.lines = (await linesOf(files, path)) ?? this.lines;
  }

  /**
   * Remember a command line that is not empty.
   *
   * @param control words of `HISTCONTROL`: unset for root on Debian
   */
  add(line: string, control = ""): void {
    const kept = inOneLine(line.replace(/\n+$/, ""));
    if (kept.trim() === "") return;
    const words = control.split(":");
    const both = words.includes("ignoreboth");
    if ((both || words.includes("ignorespace")) && kept.startsWith(" ")) return;
    if ((both || words.includes("ignoredups")) && this.lines.at(-1) === kept) return;
    if (words.includes("erasedups")) this.lines = this.lines.filter((one) => one !== kept);
    this.lines.push(kept);
    this.#fresh.push(kept);
    if (this.lines.length > LINES_MAX) {
      this.dropped += this.lines.length - LINES_MAX;
      this.lines.splice(0, this.lines.length - LINES_MAX);
    }
  }

  /** Put a line at the end, in the place of the newest one (which asked for that) or behind it. */
  replaceLast(line: string, inPlace: boolean): void {
    if (inPlace) {
      this.lines.pop();
      this.#fresh.pop();
    }
    this.add(line);
  }

  /** Read a file's lines behind what is there. */
  async read(files: NodeFiles, path: string): Promise<void> {
    this.lines = [...this.lines, ...((await linesOf(files, path)) ?? [])].slice(-LINES_MAX);
  }

  /** Write all of it into a file. */
  async write(files: NodeFiles, path: string): Promise<void> {
    this.#fresh = [];
    try {
      await files.writeFile(path, Buffer.from(this.lines.map((line) => `${line}\n`).join("")), { mode: 0o600 });
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
    }
  }

  clear(): void {
    this.lines = [];
    this.#fresh = [];
  }

  /** Append what is new to the node's file; a full or read-only disk loses history and nothing else. */
  async save(files: NodeFiles, path: string): Promise<void> {
    if (this.#fresh.length === 0) return;
    const text = `${this.#fresh.join("\n")}\n`;
    this.#fresh = [];
    try {
      await files.writeFile(path, Buffer.from(text), { append: true, mode: 0o600 });
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
    }
  }

  /**
   * `!!`, `!$`, `!*`, `!12`, `!-2`, `!text` in a line, as they are before the line is read as a command.
   *
   * @returns the line and whether something was replaced, or the event that there is not
   */
  expand(line: string): { line: string; changed: boolean; shownOnly?: boolean } | { refusal: string } {
    const quick = /^\^([^^]+)\^([^^]*)(?:\^|$)(.*)$/.exec(line);
    if (quick) {
      const [, from, to, rest] = quick;
      const last = this.lines.at(-1);
      if (!last?.includes(from!)) return { refusal: `:s^${from}^${to}: substitution failed` };
      return { line: last.replace(from!, () => to!) + rest, changed: true };
    }
    let shownOnly = false;
    let [out, changed, quoted] = ["", false, false];
    for (let i = 0; i < line.length; i++) {
      const char = line[i]!;
      if (char === "\\") {
        out += char + (line[++i] ?? "");
        continue;
      }
      if (char === '"') quoted = !quoted;
      if (char === "'" && !quoted) {
        const end = line.indexOf("'", i + 1);
        out += line.slice(i, end < 0 ? line.length : end + 1);
        i = end < 0 ? line.length : end;
        continue;
      }
      const before = line[i - 1];
      if (char !== "!" || before === "$" || before === "{" || before === "[") {
        out += char;
        continue;
      }
      const event = /^!(!|\$|\*|\^|-?\d+|\?[^?\n]+\??|[A-Za-z_./~][^\s;|&()<>"':]*)/.exec(line.slice(i))?.[1];
      if (!event) {
        out += char;
        continue;
      }
      const found = this.#event(event);
      if (found === undefined) return { refusal: `!${event}: event not found` };
      i += event.length;
      const after = modified(found, line.slice(i + 1));
      if ("refusal" in after) return after;
      out += after.text;
      shownOnly ||= after.shownOnly;
      changed = true;
      i += after.length;
    }
    return { line: out, changed, ...(shownOnly && { shownOnly }) };
  }

  #event(event: string): string | undefined {
    const last = this.lines.at(-1);
    const wordsOfLast = wordsOf(last ?? "");
    if (event === "!") return last;
    if (event === "$") return wordsOfLast.at(-1);
    if (event === "^") return wordsOfLast[1];
    if (event === "*") return last === undefined ? undefined : wordsOfLast.slice(1).join(" ");
    if (/^-\d+$/.test(event)) return this.lines.at(Number(event));
    if (/^\d+$/.test(event)) return this.lines[Number(event) - 1 - this.dropped];
    if (event.startsWith("?")) return this.lines.findLast((line) => line.includes(event.slice(1).replace(/\?$/, "")));
    return this.lines.findLast((line) => line.startsWith(event));
  }
}

/**
 * What stands behind an event: `:2` and its kin choose words, `:s/a/b/` changes, `:p` only shows.
 *
 * @returns how many characters of `rest` it took
 */
function modified(
  found: string,
  rest: string,
): { text: string; length: number; shownOnly: boolean } | { refusal: string } {
  let text = found;
  let length = 0;
  let shownOnly = false;
  for (;;) {
    const ahead = rest.slice(length);
    const words = /^:(\d+-\d+|\d+-\$|\d+\*|\d+|[$^*])/.exec(ahead);
    const change = /^:(g?)s([/^|])((?:(?!\2).)+)\2((?:(?!\2).)*)(?:\2|$)/.exec(ahead);
    const simple = /^:([hrtep])(?![\w])/.exec(ahead);
    if (words) {
      const all = wordsOf(text);
      const [, which] = words;
      const range = /^(\d+)(?:-(\d+|\$)|(\*))?$/.exec(which!);
      const last = all.length - 1;
      const from = range ? Number(range[1]) : which === "$" ? last : 1;
      const to = range
        ? range[2] === undefined
          ? range[3]
            ? last
            : from
          : range[2] === "$"
            ? last
            : Number(range[2])
        : which === "^"
          ? 1
          : last;
      if (from > last || to > last) return { refusal: `${words[0]}: bad word specifier` };
      text = all.slice(from, to + 1).join(" ");
    } else if (change) {
      const [, all, , old, fresh] = change;
      if (!text.includes(old!)) return { refusal: `${change[0]}: substitution failed` };
      text = all ? text.replaceAll(old!, () => fresh!) : text.replace(old!, () => fresh!);
    } else if (simple) {
      const [, what] = simple;
      if (what === "p") shownOnly = true;
      else if (what === "h") text = text.replace(/\/[^/]*$/, "");
      else if (what === "t") text = text.replace(/^.*\//, "");
      else if (what === "r") text = text.replace(/\.[^./]*$/, "");
      else text = /\.[^./]*$/.exec(text)?.[0] ?? "";
    } else return { text, length, shownOnly };
    length += (words ?? change ?? simple)![0].length;
  }
}

/** A file's lines, the newest of too many; undefined when it cannot be read. */
async function linesOf(files: NodeFiles, path: string): Promise<string[] | undefined> {
  try {
    const text = Buffer.from(await files.readFile(path)).toString("utf8");
    return text
      .split("\n")
      .filter((line) => line !== "")
      .slice(-LINES_MAX);
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    return undefined;
  }
}

/** A line's words, quotes and blanks inside them left as they are. */
export function wordsOf(line: string): string[] {
  return line.trim().match(/(?:[^\s"'\\]|\\.|"(?:\\.|[^"\\])*"|'[^']*'|["'])+/gs) ?? [];
}

/** What a command's line may end with and go on in the next one without a `;`. */
const GOES_ON =
  /(?:^|[\s;&|(){}])(?:do|then|else|elif|in|if|while|until|!|time)$|[;&|({]$|\(\)$|(?:^|[\s;])[^\s()]+\)$/;

/**
 * A command of several lines as history keeps it: one line, but for here-documents, comments and quoted newlines.
 *
 * @source bash(1) cmdhist; lib/readline and parse.y, `history_delimiting_chars`
 */
function inOneLine(text: string): string {
  if (!text.includes("\n") || /<<|(^|\s)#/.test(text)) return text;
  let out = "";
  let quote = "";
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!;
    if (char === "\\" && quote !== "'") {
      // A line that goes on behind a backslash.
      if (text[at + 1] !== "\n") out += char + (text[at + 1] ?? "");
      else if (quote) out += "\\\n";
      at++;
    } else if (quote) {
      if (char === quote) quote = "";
      out += char;
    } else if (char === "'" || char === '"' || char === "`") {
      quote = char;
      out += char;
    } else if (char === "\n") out += GOES_ON.test(out.trimEnd()) || out.trim() === "" ? " " : "; ";
    else out += char;
  }
  return out;
}
