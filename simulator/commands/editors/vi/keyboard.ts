/** Where each key goes: to the mode that vi is in, or to the command that it makes whole. */
import { insertKey } from "./insertion.ts";
import { readCommand } from "./keys.ts";
import { lineKey } from "./line-mode.ts";
import { normalCommand } from "./normal-mode.ts";
import { operate } from "./operators.ts";
import { settle, type ViState } from "./state.ts";
import { confirmKey } from "./substitution.ts";
import { leaveVisual, visualCommand } from "./visual-mode.ts";

/** Do what one key means in the mode at hand. */
export async function pressKey(vi: ViState, name: string): Promise<unknown> {
  // ESC and then a letter arrive as Alt with the letter.
  if (name.startsWith("M-")) {
    await pressKey(vi, "escape");
    const rest = name.slice(2);
    return pressKey(vi, rest < " " ? `^${String.fromCharCode(rest.charCodeAt(0) + 96)}` : rest);
  }
  const key = name === "^[" || (name === "^c" && vi.mode !== "normal") ? "escape" : name;
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
  vi.message = "";
  if (key === "escape" || (key === "^c" && !vi.isVisual)) {
    if (key === "^c") vi.message = "Type  :qa!  and press <Enter> to abandon all changes and exit Vim";
    vi.pending = [];
    vi.keys = [];
    leaveVisual(vi);
    settle(vi);
    return;
  }
  vi.pending.push(key);
  const command = readCommand(vi.pending, vi.isVisual, vi.recording !== undefined);
  if (!command) return;
  vi.pending = [];
  vi.chosen = command.register;
  if (vi.isVisual) await visualCommand(vi, command);
  else if (command.operator) await operate(vi, command.operator, command);
  else await normalCommand(vi, command.command, command.count);
  if (vi.mode === "normal") vi.keys = [];
  vi.chosen = undefined;
  settle(vi);
}
