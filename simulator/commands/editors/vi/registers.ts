/** vi's registers: what is yanked and deleted, and putting it. */
import { firstSignOf } from "../character-kind.ts";
import type { Range } from "./objects.ts";
import type { Register, ViState } from "./state.ts";

/** What the register holds that the command names, the unnamed one when it names none. */
export function stored(vi: ViState): Register {
  const name = vi.chosen && !/["+*]/.test(vi.chosen) ? vi.chosen.toLowerCase() : '"';
  return vi.registers.get(name) ?? { text: "", lines: true };
}

const isHeld = (vi: ViState) => vi.registers.has(vi.chosen && !/["+*]/.test(vi.chosen) ? vi.chosen.toLowerCase() : '"');

/** Keep a text where the command says, and else by what it was: yanked in `0`, deleted lines in `1` to `9`, less in `-`. */
export function store(vi: ViState, register: Register, how: "yank" | "delete"): void {
  const name = vi.chosen;
  if (name === "_") return;
  vi.registers.set('"', register);
  if (name && /[A-Za-z]/.test(name)) {
    const held = vi.registers.get(name.toLowerCase());
    const lines = register.lines || held?.lines === true;
    const joined = held ? held.text + (lines ? "\n" : "") + register.text : register.text;
    vi.registers.set(name.toLowerCase(), /[A-Z]/.test(name) && held ? { text: joined, lines } : register);
    return;
  }
  if (how === "yank") vi.registers.set("0", register);
  else if (register.lines || register.text.includes("\n")) {
    for (let at = 9; at > 1; at--) {
      const before = vi.registers.get(String(at - 1));
      if (before) vi.registers.set(String(at), before);
    }
    vi.registers.set("1", register);
  } else vi.registers.set("-", register);
}

/** The text of a range as a register holds it. */
export function registerOf(vi: ViState, { from, to, lines }: Range): Register {
  const { buffer } = vi;
  const text = lines ? buffer.lines.slice(from.row, to.row + 1).join("\n") : buffer.textBetween(from, to);
  return { text, lines };
}

/** Put what the command's register holds behind the cursor, or before it. */
export function putText(vi: ViState, before: boolean, times: number): void {
  const { buffer } = vi;
  const { text, lines } = stored(vi);
  if (!isHeld(vi)) {
    vi.message = `E353: Nothing in register ${vi.chosen ?? '"'}`;
    return;
  }
  if (text === "" && !lines) return;
  buffer.remember();
  if (lines) {
    const put = Array.from({ length: times }, () => text.split("\n")).flat();
    const at = buffer.row + (before ? 0 : 1);
    buffer.lines.splice(at, 0, ...put);
    buffer.move(at, 0);
    buffer.column = firstSignOf(buffer.line);
    if (put.length > 2) vi.message = `${put.length} more lines`;
  } else {
    if (!before && buffer.line !== "") buffer.move(buffer.row, buffer.column + 1);
    const start = buffer.place;
    buffer.insert(text.repeat(times));
    if (text.includes("\n")) buffer.move(start.row, start.column);
    else buffer.column = Math.max(0, buffer.column - 1);
  }
}
