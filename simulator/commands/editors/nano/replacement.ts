/** Replacing a text, each place of it asked about. */
import { isBefore, type Place } from "../text-buffer.ts";
import { counted } from "./counted.ts";
import type { EditedFile } from "./edited-file.ts";
import { ask } from "./questions.ts";
import { type NanoState, tell, warn } from "./state.ts";

/** A replacement under way: once round the text from where the cursor was. */
interface Replacement {
  file: EditedFile;
  wanted: string;
  expression: RegExp;
  by: string;
  /** Where the round began; moves with what is replaced before it on its line. */
  begin: Place;
  /** The end of the text is behind it. */
  hasWrapped: boolean;
  /** There was a place to ask about. */
  isFound: boolean;
  changed: number;
}

interface Found {
  place: Place;
  /** Behind its last character. */
  end: Place;
}

/** Go round the text from the cursor, one question at a time. @param expression what stands for the wanted text */
export function replaceEach(nano: NanoState, wanted: string, expression: RegExp, by: string): void {
  const { file } = nano;
  const begin = file.buffer.place;
  // Groups of an expression are empty in what takes their place.
  const plain = nano.search.isExpression ? by.replace(/\\[1-9]/g, "") : by;
  const under = { file, wanted, expression, by: plain, begin, hasWrapped: false, isFound: false, changed: 0 };
  askFrom(nano, under, begin);
}

/** Ask about the next place from one on. */
function askFrom(nano: NanoState, under: Replacement, from: Place): unknown {
  const found = nextPlace(under, from);
  if (!found) return tellChanged(nano, under);
  const { file } = under;
  under.isFound = true;
  file.buffer.move(found.place.row, found.place.column);
  file.spotEnd = found.end;
  ask(
    nano,
    "Replace this instance?",
    async (letter) => {
      file.spotEnd = undefined;
      if (letter === "n") return askFrom(nano, under, found.end);
      let at = replaceAt(under, found);
      if (letter === "y") return askFrom(nano, under, at);
      for (let more = nextPlace(under, at); more; more = nextPlace(under, at)) at = replaceAt(under, more);
      tellChanged(nano, under);
    },
    {
      letters: "yna",
      cancelled: () => {
        file.spotEnd = undefined;
      },
    },
  );
}

/** The first place from one on, from the beginning again behind the end; undefined when the round is over. */
function nextPlace(under: Replacement, from: Place): Found | undefined {
  const { begin, expression } = under;
  const { lines } = under.file.buffer;
  for (let row = from.row; row < lines.length; row++) {
    if (under.hasWrapped && row > begin.row) return undefined;
    for (const match of lines[row]!.matchAll(expression)) {
      const place = { row, column: match.index };
      if (match[0] === "" || isBefore(place, from)) continue;
      if (under.hasWrapped && !isBefore(place, begin)) return undefined;
      return { place, end: { row, column: match.index + match[0].length } };
    }
  }
  if (under.hasWrapped || (begin.row === 0 && begin.column === 0)) return undefined;
  under.hasWrapped = true;
  return nextPlace(under, { row: 0, column: 0 });
}

/** @returns the place behind what was put there */
function replaceAt(under: Replacement, { place, end }: Found): Place {
  const { file, by, begin } = under;
  const { buffer } = file;
  const { row } = place;
  const line = buffer.lines[row]!;
  buffer.remember("replacement");
  buffer.lines[row] = line.slice(0, place.column) + by + line.slice(end.column);
  if (under.hasWrapped && row === begin.row) begin.column += by.length - (end.column - place.column);
  file.endWithNewline();
  under.changed++;
  return { row, column: place.column + by.length };
}

function tellChanged(nano: NanoState, { file, wanted, begin, isFound, changed }: Replacement): void {
  if (isFound) file.buffer.move(begin.row, begin.column);
  if (isFound) tell(nano, `Replaced ${counted(changed, "occurrence")}`);
  else warn(nano, `"${wanted}" not found`);
}
