/** Looking for a text or an expression. */
import { boundedExpression } from "../../../shell/bounded-expression.ts";
import { posixExpression } from "../../coreutils/posix-expression.ts";
import { isBefore } from "../text-buffer.ts";
import { type NanoState, tell, warn } from "./state.ts";

/** The expression that stands for a text, with what is switched on; undefined, and told, when it is none. */
export function expressionOf(nano: NanoState, text: string): RegExp | undefined {
  const { isExpression, isExact } = nano.search;
  const flags = isExact ? "g" : "gi";
  if (!isExpression) return boundedExpression(text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"), flags);
  try {
    return posixExpression(text, "extended", flags);
  } catch {
    warn(nano, `Bad regex "${text}": Invalid regular expression`);
    return undefined;
  }
}

/** Go to the next place of a text, round the end if need be. */
export function seek(nano: NanoState, text: string, backwards: boolean): unknown {
  const { buffer } = nano.file;
  nano.search.text = text;
  const wanted = expressionOf(nano, text);
  if (!wanted) return;
  const from = buffer.place;
  const found = buffer.find(wanted, backwards);
  if (!found) {
    // Where the cursor is may be the only one.
    const here = [...buffer.line.matchAll(wanted)].some((match) => match.index === from.column);
    return here ? tell(nano, "This is the only occurrence") : warn(nano, `"${text}" not found`);
  }
  if (found.row === from.row && found.column === from.column) return tell(nano, "This is the only occurrence");
  const isWrapped = backwards ? isBefore(from, found) : isBefore(found, from);
  buffer.move(found.row, found.column);
  nano.message = "";
  if (isWrapped) tell(nano, "Search Wrapped");
}

/** Look for what was looked for last. */
export function seekAgain(nano: NanoState, backwards: boolean): unknown {
  if (nano.search.text === "") return warn(nano, "No current search pattern");
  seek(nano, nano.search.text, backwards);
}
