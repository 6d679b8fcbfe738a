/**
 * The line being edited: its characters, the cursor (point), the mark, and what undoes its changes.
 *
 * @source readline 8.2 text.c, undo.c
 */
import { isZeroWidth } from "../text-width.ts";

/** Where characters were put in or taken out; changes between `begin` and `end` are undone together. */
export type Undo =
  | { kind: "insert"; start: number; end: number }
  | { kind: "delete"; start: number; text: string[] }
  | { kind: "begin" }
  | { kind: "end" };

/** Letters typed one by one are undone together, up to so many. */
const UNDO_LETTERS = 20;

/** A text's characters, those without a width of their own with the one before them. */
export function charactersOf(text: string): string[] {
  // The usual case; the other one takes five times as long.
  if (/^[\x00-\x7f]*$/.test(text)) return text.split("");
  const characters: string[] = [];
  for (const char of text) {
    if (characters.length > 0 && isZeroWidth(char.codePointAt(0)!)) characters[characters.length - 1] += char;
    else characters.push(char);
  }
  return characters;
}

export class EditedLine {
  #characters: string[] = [];
  /** What the characters are together, while that is known: a long line is asked for it at each piece that comes. */
  #text: string | undefined;
  point = 0;
  mark = 0;
  /** Text between mark and point is shown in reverse. */
  isMarked = false;
  undos: Undo[] = [];

  get characters(): string[] {
    return this.#characters;
  }

  set characters(characters: string[]) {
    this.#characters = characters;
    this.#text = undefined;
  }

  get text(): string {
    this.#text ??= this.#characters.join("");
    return this.#text;
  }

  get length(): number {
    return this.characters.length;
  }

  /** Put characters in at the cursor, which moves behind them. */
  insert(text: string | readonly string[]): void {
    let added = typeof text === "string" ? charactersOf(text) : [...text];
    if (added.length === 0) return;
    if (this.point > 0 && isZeroWidth(added[0]!.codePointAt(0)!)) {
      // It joins the character before the cursor.
      const joined = this.characters[this.point - 1]! + added[0]!;
      this.delete(this.point - 1, this.point);
      added = [joined, ...added.slice(1)];
    }
    const last = this.undos.at(-1);
    if (
      added.length === 1 &&
      last?.kind === "insert" &&
      last.end === this.point &&
      last.end - last.start < UNDO_LETTERS
    )
      last.end++;
    else this.undos.push({ kind: "insert", start: this.point, end: this.point + added.length });
    this.#put(this.point, added);
    this.point += added.length;
  }

  /** Put characters in that were typed one by one, each of a width of its own. */
  type(typed: readonly string[]): void {
    for (let at = 0; at < typed.length; ) {
      const last = this.undos.at(-1);
      const goesOn = last?.kind === "insert" && last.end === this.point + at && last.end - last.start < UNDO_LETTERS;
      const count = Math.min(typed.length - at, goesOn ? UNDO_LETTERS - (last.end - last.start) : UNDO_LETTERS);
      if (goesOn) last.end += count;
      else this.undos.push({ kind: "insert", start: this.point + at, end: this.point + at + count });
      at += count;
    }
    this.#put(this.point, typed);
    this.point += typed.length;
  }

  /** Not by `splice`, which takes each character as an argument: a paste has more than a call may have. */
  #put(at: number, added: readonly string[]): void {
    if (at === this.#characters.length) {
      if (at === 0) this.#characters = [...added];
      else for (const char of added) this.#characters.push(char);
      if (this.#text !== undefined) this.#text += added.join("");
      return;
    }
    this.#text = undefined;
    if (added.length === 1) this.#characters.splice(at, 0, added[0]!);
    else this.characters = this.characters.slice(0, at).concat(added, this.characters.slice(at));
  }

  /** Take characters out; the cursor stays with the text that it stood at. */
  delete(from: number, to: number): string[] {
    const [start, end] = [Math.max(0, Math.min(from, to)), Math.min(this.length, Math.max(from, to))];
    if (start >= end) return [];
    this.#text = undefined;
    const removed = this.#characters.splice(start, end - start);
    this.undos.push({ kind: "delete", start, text: removed });
    if (this.point > end) this.point -= end - start;
    else if (this.point > start) this.point = start;
    return removed;
  }

  /** Changes that are undone as one. */
  together(change: () => void): void {
    this.undos.push({ kind: "begin" });
    change();
    this.undos.push({ kind: "end" });
  }

  /** @returns false when there is nothing to undo */
  undo(): boolean {
    if (this.undos.length === 0) return false;
    let depth = 0;
    do {
      const last = this.undos.pop();
      if (!last) break;
      if (last.kind === "end") depth++;
      else if (last.kind === "begin") depth--;
      else if (last.kind === "insert") {
        this.#text = undefined;
        this.#characters.splice(last.start, last.end - last.start);
        this.point = last.start;
      } else {
        this.#put(last.start, last.text);
        this.point = last.start + last.text.length;
      }
    } while (depth > 0);
    return true;
  }

  /** Another text in its place, with nothing to undo; the cursor at its end. */
  replace(text: string, undos: Undo[] = []): void {
    this.characters = charactersOf(text);
    this.point = this.length;
    this.undos = undos;
    this.mark = Math.min(this.mark, this.length);
  }

  moveTo(at: number): void {
    this.point = Math.max(0, Math.min(this.length, at));
  }
}
