/** Where each key goes: to the mode that vi is in, or to the command that it makes whole. */
import { insertKey } from "./insertion.ts";
import { readCommand } from "./keys.ts";
import { lineKey } from "./line-mode.ts";
import { normalCommand } from "./normal-mode.ts";
import { operate } from "./operators.ts";
import { settle, type ViState } from "./state.ts";
import { confirmKey } from "./substitution.ts";
import { leaveVisual, visualCommand } from "./visual-mode.ts";

/** The letters of the keys that a terminal sends for them to a full-screen program. */
const ARROWS: Record<string, string> = { up: "A", down: "B", right: "C", left: "D", home: "H", end: "F" };

/** Do what one key means in the mode at hand. */
export async function pressKey(vi: ViState, name: string): Promise<unknown> {
  // vi does not know arrows while text is typed: it takes them for ESC, O and a letter.
  const arrow = vi.compatible && (vi.mode === "insert" || vi.mode === "replace") ? ARROWS[name] : undefined;
  if (arrow !== undefined) {
    for (const key of ["escape", "O", arrow]) await pressKey(vi, key);
    return;
  }
  // ESC and then a letter arrive as Alt with the letter.
  if (name.startsWith("M-")) {
    await pressKey(vi, "escape");
    const rest = name.slice(2);
    return pressKey(vi, rest < " " ? `^${String.fromCharCode(rest.charCodeAt(0) + 96)}` : rest);
  }
  let key = name === "^[" || (name === "^c" && vi.mode !== "normal") ? "escape" : name;
  if (name === "^c" && vi.mode === "line") key = "cancel";
  if (vi.mode === "shown") {
    vi.mode = "normal";
    vi.output = [];
    if (key !== ":") return;
  }
  vi.recording?.keys.push(key);
  if (vi.mode === "confirm") return confirmKey(vi, key);
  if (vi.mode === "line") return lineKey(vi, key);
  vi.keys.push(key);
  if (vi.mode === "insert" || vi.mode === "replace") return insertKey(vi, key);
  return commandKey(vi, key);
}

/** Normal and visual mode: a command is done once its keys are whole. */
async function commandKey(vi: ViState, key: string): Promise<unknown> {
  // What is told stays until something else is told or the text moves.
  const told = vi.message;
  vi.message = "";
  if (key === "escape" || (key === "^c" && !vi.isVisual)) {
    if (key === "^c")
      vi.message = vi.buffer.modified
        ? "Type  :qa!  and press <Enter> to abandon all changes and exit Vim"
        : "Type  :qa  and press <Enter> to exit Vim";
    vi.pending = [];
    vi.keys = [];
    leaveVisual(vi);
    settle(vi);
    if (key === "escape") vi.message = told;
    return;
  }
  vi.pending.push(key);
  const command = readCommand(vi.pending, vi.isVisual, vi.recording !== undefined);
  if (!command) {
    vi.message = told;
    return;
  }
  vi.pending = [];
  vi.chosen = command.register;
  if (vi.isVisual) await visualCommand(vi, command);
  else if (command.operator) await operate(vi, command.operator, command);
  else await normalCommand(vi, command.command, command.count);
  if (vi.mode === "normal") vi.keys = [];
  vi.chosen = undefined;
  settle(vi);
  // Where the mode is told below the text, it takes the place of what was told.
  if (vi.message === "" && !/^(?:\^l|q.?)$/.test(command.command) && (vi.compatible || vi.mode === "normal"))
    vi.message = told;
}
