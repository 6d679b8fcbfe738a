/** The questions that lead to a place: what to search, what to replace, which line. Each leads to the others. */
import { GO_TO_LINE, REPLACE, SEARCH } from "./menus.ts";
import { goToLine } from "./moving.ts";
import { ask } from "./questions.ts";
import { replaceEach } from "./replacement.ts";
import { expressionOf, seek } from "./search.ts";
import { type NanoState, tell, warn } from "./state.ts";

/** `^W`, `^Q`: what is to be searched; nothing typed is what was searched last. */
export function askSearch(nano: NanoState): void {
  ask(
    nano,
    () => searchLabel(nano, ""),
    async (text) => {
      const wanted = text || nano.search.text;
      if (wanted === "") return tell(nano, "Cancelled");
      seek(nano, wanted, nano.search.backwards);
    },
    { menu: SEARCH, history: nano.history.searches, keys: searchKeys(nano, askReplace) },
  );
}

/** `^\`: what is to be replaced, and by what. */
export function askReplace(nano: NanoState): unknown {
  if (nano.flags.view) return warn(nano, "Key is invalid in view mode");
  ask(
    nano,
    () => searchLabel(nano, " (to replace)"),
    async (typed) => {
      const wanted = typed || nano.search.text;
      if (wanted === "") return tell(nano, "Cancelled");
      nano.search.text = wanted;
      const expression = expressionOf(nano, wanted);
      if (!expression) return;
      ask(nano, "Replace with: ", async (by) => replaceEach(nano, wanted, expression, by), {
        history: nano.history.replacements,
      });
    },
    { menu: REPLACE, history: nano.history.searches, keys: searchKeys(nano, askSearch) },
  );
}

/** `^_`: which line, and which column of it. */
export function askLine(nano: NanoState): void {
  ask(nano, "Enter line number, column number: ", async (text) => goToLine(nano, text), {
    menu: GO_TO_LINE,
    keys: { "^t": () => askSearch(nano), ...endKeys(nano) },
  });
}

/** What is switched on, and what was looked for before. */
function searchLabel(nano: NanoState, purpose: "" | " (to replace)"): string {
  const { text, backwards, isExpression, isExact } = nano.search;
  const flags = `${isExact ? " [Case Sensitive]" : ""}${isExpression ? " [Regexp]" : ""}${backwards ? " [Backwards]" : ""}`;
  const before = text ? ` [${text.length > 30 ? `${text.slice(0, 27)}...` : text}]` : "";
  return `Search${flags}${purpose}${before}: `;
}

/** @param other the question that `^R` changes to */
function searchKeys(nano: NanoState, other: (nano: NanoState) => void): Record<string, () => unknown> {
  const toggle = (what: "isExact" | "isExpression" | "backwards") => () => {
    nano.search[what] = !nano.search[what];
  };
  return {
    "M-c": toggle("isExact"),
    "M-r": toggle("isExpression"),
    "M-b": toggle("backwards"),
    "^r": () => other(nano),
    "^t": () => askLine(nano),
    ...endKeys(nano),
  };
}

/** To the first or the last line instead of an answer. */
function endKeys(nano: NanoState): Record<string, () => unknown> {
  const leaveFor = (row: number, column: number) => () => {
    nano.question = undefined;
    nano.message = "";
    nano.file.buffer.move(row, column);
  };
  return { "^y": leaveFor(0, 0), "^v": leaveFor(Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER) };
}
