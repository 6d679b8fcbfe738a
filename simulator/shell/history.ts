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
    try {
      const text = Buffer.from(await files.readFile(path)).toString("utf8");
      this.lines = text
        .split("\n")
        .filter((line) => line !== "")
        .slice(-LINES_MAX);
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
    }
  }

  /** Remember a command line, unless it is empty or the one before again (`HISTCONTROL=ignoredups`). */
  add(line: string): void {
    const kept = line.replace(/\n+$/, "");
    if (kept.trim() === "" || this.lines.at(-1) === kept) return;
    this.lines.push(kept);
    this.#fresh.push(kept);
    if (this.lines.length > LINES_MAX) {
      this.dropped += this.lines.length - LINES_MAX;
      this.lines.splice(0, this.lines.length - LINES_MAX);
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
  expand(line: string): { line: string; changed: boolean } | { missing: string } {
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
      const event = /^!(!|\$|\*|\^|-?\d+|\?[^?\n]+\??|[A-Za-z_./~][^\s;|&()<>"']*)/.exec(line.slice(i))?.[1];
      if (!event) {
        out += char;
        continue;
      }
      const found = this.#event(event);
      if (found === undefined) return { missing: `!${event}` };
      out += found;
      changed = true;
      i += event.length;
    }
    return { line: out, changed };
  }

  #event(event: string): string | undefined {
    const last = this.lines.at(-1);
    const wordsOfLast = last?.split(/\s+/) ?? [];
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
