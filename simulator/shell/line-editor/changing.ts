/** Functions that change the line. @source readline 8.2 text.c, kill.c */
import { historyWords } from "../history-words.ts";
import type { Editing, EditorFunction, Outcome } from "./editing.ts";
import {
  blankWordStart,
  type CaseChange,
  overWords,
  shellWordEnd,
  shellWordStart,
  withCase,
  wordEnd,
  wordStart,
} from "./words.ts";

const isBlank = (char: string | undefined) => char === " " || char === "\t";

function deleteForward(editing: Editing, count: number): Outcome {
  const { line, display } = editing;
  if (count < 0) return deleteBackward(editing, -count);
  if (line.point === line.length) return display.ring();
  const to = Math.min(line.length, line.point + count);
  if (editing.explicit) editing.kill(line.point, to);
  else line.delete(line.point, to);
}

function deleteBackward(editing: Editing, count: number): Outcome {
  const { line, display } = editing;
  if (count < 0) return deleteForward(editing, -count);
  if (line.point === 0) return display.ring();
  const from = Math.max(0, line.point - count);
  if (editing.explicit) editing.kill(line.point, from);
  else line.delete(from, line.point);
}

/** Cut over so many words. */
const killWords =
  (step: number): EditorFunction =>
  (editing, count) => {
    const { line } = editing;
    editing.kill(line.point, overWords(line.characters, line.point, step * count));
  };

const changeCase =
  (change: CaseChange): EditorFunction =>
  ({ line }, count) => {
    const from = line.point;
    const to = overWords(line.characters, from, count);
    const [start, end] = [Math.min(from, to), Math.max(from, to)];
    if (start === end) return;
    const changed = withCase(line.characters.slice(start, end), change);
    line.together(() => {
      line.delete(start, end);
      line.point = start;
      line.insert(changed);
    });
    line.point = end;
  };

/** The words at and before the cursor change places; which words is said by where one ends and begins. */
const transposeWords =
  (endOf: typeof wordEnd, startOf: typeof wordStart): EditorFunction =>
  ({ line, display }) => {
    const { characters, point } = line;
    const secondEnd = endOf(characters, point);
    const second = startOf(characters, secondEnd);
    const first = startOf(characters, second);
    const firstEnd = endOf(characters, first);
    if (first === second || second < firstEnd) return display.ring();
    const part = (from: number, to: number) => characters.slice(from, to);
    const swapped = [...part(second, secondEnd), ...part(firstEnd, second), ...part(first, firstEnd)];
    line.together(() => {
      line.delete(first, secondEnd);
      line.point = first;
      line.insert(swapped);
    });
  };

function transposeCharacters({ line, display }: Editing, count: number): Outcome {
  if (line.point === 0 || line.length < 2) return display.ring();
  const at = line.point === line.length ? line.length - 1 : line.point;
  const steps = line.point === line.length ? 1 : count;
  line.together(() => {
    const moved = line.delete(at - 1, at);
    line.moveTo(at - 1 + steps);
    line.insert(moved);
  });
}

/** A word of the line before, put in where the cursor is. */
function yankArgument(editing: Editing, word: number | undefined, skip: number): boolean {
  const { line, walk, display } = editing;
  const text = walk.lines[walk.place - 1 - skip];
  const words = text === undefined ? [] : historyWords(text);
  const found = word === undefined ? words.at(-1) : word < 0 ? words.at(word) : words[word];
  if (!found) {
    display.ring();
    return false;
  }
  line.mark = line.point;
  line.together(() => line.insert(found));
  return true;
}

function yankLastArgument(editing: Editing, count: number): void {
  const { lastArgument, line } = editing;
  if (editing.lastFunction !== "yank-last-arg") {
    Object.assign(lastArgument, { skip: 0, direction: 1, word: editing.explicit ? count : undefined });
  } else {
    if (lastArgument.inserted) line.undo();
    if (count < 0) lastArgument.direction = -lastArgument.direction;
    lastArgument.skip = Math.max(0, lastArgument.skip + lastArgument.direction);
  }
  lastArgument.inserted = yankArgument(editing, lastArgument.word, lastArgument.skip);
}

export const changing: Record<string, EditorFunction> = {
  "self-insert": (editing, count, keys) => {
    if (count === 1) editing.insertTyped(keys);
    else if (count > 0) editing.insert(keys.repeat(Math.min(count, 1_000)));
  },
  "quoted-insert": async (editing, count) => editing.insert((await editing.readQuoted()).repeat(Math.max(0, count))),
  "bracketed-paste-begin": async (editing) => {
    const { line } = editing;
    line.mark = line.point;
    editing.insert(await editing.readPaste());
    editing.markNow();
  },
  "delete-char": deleteForward,
  "backward-delete-char": deleteBackward,
  "delete-horizontal-space": ({ line }) => {
    let [from, to] = [line.point, line.point];
    while (isBlank(line.characters[from - 1])) from--;
    while (isBlank(line.characters[to])) to++;
    line.delete(from, to);
    line.point = from;
  },
  "kill-line": (editing, count) => editing.kill(editing.line.point, count < 0 ? 0 : editing.line.length),
  "backward-kill-line": (editing) => editing.kill(editing.line.point, 0),
  "unix-line-discard": (editing) => {
    if (editing.line.point === 0) editing.display.ring();
    else editing.kill(editing.line.point, 0);
  },
  "unix-word-rubout": (editing, count) => {
    const { line, display } = editing;
    if (line.point === 0) return display.ring();
    let from = line.point;
    for (let left = Math.max(1, count); left > 0; left--) from = blankWordStart(line.characters, from);
    editing.kill(line.point, from);
  },
  "kill-word": killWords(1),
  "backward-kill-word": killWords(-1),
  "shell-kill-word": (editing) =>
    editing.kill(editing.line.point, shellWordEnd(editing.line.characters, editing.line.point)),
  yank: ({ line, ring, display }) => {
    if (ring.current === undefined) return display.ring();
    line.mark = line.point;
    line.insert(ring.current);
  },
  "yank-pop": ({ line, ring, display, lastFunction }) => {
    const current = ring.current ?? "";
    const from = line.point - [...current].length;
    const follows = lastFunction === "yank" || lastFunction === "yank-pop";
    if (!follows || from < 0 || line.characters.slice(from, line.point).join("") !== current) return display.ring();
    line.delete(from, line.point);
    ring.goBack();
    line.insert(ring.current ?? "");
  },
  "yank-last-arg": yankLastArgument,
  "yank-nth-arg": (editing, count) => void yankArgument(editing, count, 0),
  "transpose-chars": transposeCharacters,
  "transpose-words": transposeWords(wordEnd, wordStart),
  "shell-transpose-words": transposeWords(shellWordEnd, shellWordStart),
  "upcase-word": changeCase("upper"),
  "downcase-word": changeCase("lower"),
  "capitalize-word": changeCase("capital"),
  undo: ({ line, display }, count) => {
    for (let left = count; left > 0; left--) if (!line.undo()) return display.ring();
  },
  "revert-line": ({ line, display }) => {
    if (line.undos.length === 0) return display.ring();
    while (line.undo());
  },
  "insert-comment": ({ line, settings }) => {
    line.moveTo(0);
    line.insert(settings.variables.get("comment-begin") ?? "#");
    return "line";
  },
};
