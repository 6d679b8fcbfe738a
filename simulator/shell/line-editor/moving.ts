/** Functions that move in the line and between lines. @source readline 8.2 text.c, misc.c */
import type { Editing, EditorFunction } from "./editing.ts";
import { searchForBeginning, searchForString, searchIncrementally } from "./searches.ts";
import { overWords, shellWordEnd, shellWordStart } from "./words.ts";

const by =
  (step: number): EditorFunction =>
  (editing, count) => {
    const { line, display } = editing;
    const from = line.point;
    line.moveTo(from + step * count);
    if (line.point === from && count !== 0) display.ring();
  };

const words =
  (step: number): EditorFunction =>
  ({ line }, count) => {
    line.point = overWords(line.characters, line.point, step * count);
  };

const older =
  (step: number): EditorFunction =>
  ({ walk, display }, count) => {
    const wanted = walk.place + step * count;
    const place = Math.max(0, Math.min(walk.lines.length, wanted));
    if (!walk.show(place) && count !== 0) display.ring();
  };

const search =
  (backwards: boolean): EditorFunction =>
  async (editing, count) => {
    editing.escapeIsKey = true;
    const keys = await searchIncrementally(editing, count < 0 ? !backwards : backwards).finally(() => {
      editing.escapeIsKey = false;
      editing.message = undefined;
    });
    if (keys !== undefined) editing.pushBack(keys);
  };

const byString = (editing: Editing, backwards: boolean) =>
  searchForString(editing, backwards).finally(() => {
    editing.message = undefined;
  });

/** ^]: to the next such character. */
const toCharacter =
  (step: number): EditorFunction =>
  async (editing, count) => {
    const { line, display } = editing;
    const key = await editing.readQuoted();
    const direction = count < 0 ? -step : step;
    let at = line.point;
    for (let left = Math.abs(count); left > 0; left--) {
      do at += direction;
      while (at >= 0 && at < line.length && line.characters[at] !== key);
      if (at < 0 || at >= line.length) return display.ring();
    }
    line.point = at;
  };

export const moving: Record<string, EditorFunction> = {
  "beginning-of-line": ({ line }) => line.moveTo(0),
  "end-of-line": ({ line }) => line.moveTo(line.length),
  "forward-char": by(1),
  "backward-char": by(-1),
  "forward-word": words(1),
  "backward-word": words(-1),
  "shell-forward-word": ({ line }) => line.moveTo(shellWordEnd(line.characters, line.point)),
  "shell-backward-word": ({ line }) => line.moveTo(shellWordStart(line.characters, line.point)),
  "character-search": toCharacter(1),
  "character-search-backward": toCharacter(-1),
  "set-mark": ({ line }, count, _keys) => {
    line.mark = Math.abs(count) > 1 ? count : line.point;
  },
  "exchange-point-and-mark": (editing) => {
    const { line } = editing;
    [line.point, line.mark] = [Math.min(line.mark, line.length), line.point];
    editing.markNow();
  },
  "previous-history": older(-1),
  "next-history": older(1),
  "beginning-of-history": ({ walk }) => void walk.show(0),
  "end-of-history": ({ walk }) => void walk.show(walk.lines.length),
  "reverse-search-history": search(true),
  "forward-search-history": search(false),
  "non-incremental-reverse-search-history": (editing) => byString(editing, true),
  "non-incremental-forward-search-history": (editing) => byString(editing, false),
  "history-search-backward": (editing) => searchForBeginning(editing, true),
  "history-search-forward": (editing) => searchForBeginning(editing, false),
  "operate-and-get-next": (editing: Editing) => {
    editing.next = editing.walk.place + 1;
    return "line";
  },
};
