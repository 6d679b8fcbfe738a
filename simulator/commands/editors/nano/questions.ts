/** Questions in the status line, and the keys that answer them. */
import { isTyped } from "../full-screen.ts";
import { keyTable } from "./key-table.ts";
import { REPLACE_WITH } from "./menus.ts";
import { type NanoState, type Question, tell } from "./state.ts";

type Options = Partial<Pick<Question, "typed" | "letters" | "menu" | "history" | "keys" | "cancelled">>;

/** Ask for a line, or for one of some letters; what was asked before is over. */
export function ask(
  nano: NanoState,
  label: string | (() => string),
  answer: Question["answer"],
  options: Options = {},
): void {
  const { typed = "", menu = REPLACE_WITH } = options;
  nano.question = {
    ...options,
    label: typeof label === "string" ? () => label : label,
    typed,
    cursor: typed.length,
    menu,
    answer,
  };
}

/** Ask what is answered by yes or no. */
export function askWhether(nano: NanoState, label: string, yes: () => unknown, no: () => unknown): void {
  ask(nano, label, async (letter) => (letter === "y" ? yes() : no()), { letters: "yn" });
}

/** One key while a question is asked. */
export async function answerKey(nano: NanoState, question: Question, key: string): Promise<unknown> {
  if (key === "^c" || (key === "escape" && !question.letters)) {
    nano.question = undefined;
    question.cancelled?.();
    return tell(nano, "Cancelled");
  }
  if (question.letters !== undefined) {
    const letter = key.toLowerCase();
    if (!question.letters.includes(letter) || letter.length !== 1) return;
    nano.question = undefined;
    return question.answer(letter);
  }
  const own = question.keys?.[key];
  if (own) return own();
  if (key === "^m") {
    nano.question = undefined;
    const { history, typed } = question;
    if (history && typed !== "") keepAnswer(history, typed);
    return question.answer(typed);
  }
  const edit = LINE_EDITS.get(key);
  if (edit) edit(question, nano);
  else if (isTyped(key)) insertTyped(question, key);
}

type LineEdit = (question: Question, nano: NanoState) => void;

/** Keys in the line that is typed as an answer. */
const LINE_EDITS = keyTable<LineEdit>([
  [(question) => setTyped(question, question.typed, question.cursor - 1), "left", "^b"],
  [(question) => setTyped(question, question.typed, question.cursor + 1), "right", "^f"],
  [(question) => setTyped(question, question.typed, 0), "home", "^a"],
  [(question) => setTyped(question, question.typed, question.typed.length), "end", "^e"],
  [eraseBefore, "^backspace", "^h"],
  [eraseAt, "delete", "^d"],
  [(question) => setTyped(question, "", 0), "^k"],
  [(question, nano) => insertTyped(question, nano.cutBuffer.split("\n")[0]!), "^u"],
  [(question) => recall(question, 1), "up", "^p"],
  [(question) => recall(question, -1), "down", "^n"],
]);

function setTyped(question: Question, text: string, cursor: number): void {
  question.typed = text;
  question.cursor = Math.min(Math.max(0, cursor), text.length);
}

function insertTyped(question: Question, text: string): void {
  const { typed, cursor } = question;
  setTyped(question, typed.slice(0, cursor) + text + typed.slice(cursor), cursor + text.length);
}

function eraseBefore(question: Question): void {
  const { typed, cursor } = question;
  setTyped(question, typed.slice(0, Math.max(0, cursor - 1)) + typed.slice(cursor), cursor - 1);
}

function eraseAt(question: Question): void {
  const { typed, cursor } = question;
  setTyped(question, typed.slice(0, cursor) + typed.slice(cursor + 1), cursor);
}

/** Put an answer given before in the line. @param step 1 to an older one, -1 to a newer one */
function recall(question: Question, step: 1 | -1): void {
  const { history } = question;
  if (!history) return;
  const back = Math.min(Math.max(0, (question.back ?? 0) + step), history.length);
  question.back = back;
  const text = back === 0 ? "" : history[history.length - back]!;
  setTyped(question, text, text.length);
}

/** An answer given again is kept once, as the newest. */
function keepAnswer(history: string[], answer: string): void {
  const before = history.indexOf(answer);
  if (before >= 0) history.splice(before, 1);
  history.push(answer);
}
