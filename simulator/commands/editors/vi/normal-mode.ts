/** The commands of normal mode that are no operators, with macros and the repetition of changes. */
import { widthOf } from "../../../shell/text-width.ts";
import { firstSignOf } from "../character-kind.ts";
import { placeOfColumn, shownLine } from "../full-screen.ts";
import { tellPlace } from "./files.ts";
import { indentOf, insertAt, insertLine } from "./insertion.ts";
import { execute } from "./line-commands.ts";
import { joinLines, operate, recase } from "./operators.ts";
import { putText } from "./registers.ts";
import { jumpTo, keepChange, redo, typeKeys, undo, type ViState } from "./state.ts";
import { targetOf } from "./targets.ts";

/** Macros that run each other end here. */
const MACRO_DEPTH_MAX = 50;

/** Do a whole command; a motion moves the cursor. */
export async function normalCommand(vi: ViState, key: string, count: number | undefined): Promise<unknown> {
  const { buffer } = vi;
  const times = count ?? 1;
  const isVertical = /^(?:[jk]|\^[jnp]|down|up)$/.test(key);
  if (!isVertical) vi.wanted = key === "$" || key === "end" ? Number.POSITIVE_INFINITY : undefined;
  const { height } = vi;
  const through = (operator: string, motion: string) =>
    operate(vi, operator, { register: vi.chosen, operator, command: motion, count });
  switch (key) {
    case ":":
    case "/":
    case "?":
      vi.mode = "line";
      vi.typed = key + (key === ":" && count !== undefined ? `.,.+${count - 1}` : "");
      vi.typedPlace = vi.typedLines.length;
      return;
    case "i":
    case "insert":
      return insertAt(vi, times);
    case "a":
      return insertAt(vi, times, () => buffer.move(buffer.row, buffer.column + 1));
    case "I":
      return insertAt(vi, times, () => buffer.move(buffer.row, firstSignOf(buffer.line)));
    case "A":
      return insertAt(vi, times, () => buffer.move(buffer.row, buffer.line.length));
    case "o":
      return insertAt(vi, 1, () => {
        buffer.move(buffer.row, buffer.line.length);
        insertLine(vi);
      });
    case "O":
      return insertAt(vi, 1, () => {
        const indent = indentOf(vi);
        buffer.lines.splice(buffer.row, 0, indent);
        buffer.column = indent.length;
      });
    case "R":
      buffer.remember();
      vi.mode = "replace";
      vi.replaced = [];
      return;
    case "v":
    case "V":
      vi.anchor = buffer.place;
      vi.mode = key === "v" ? "visual" : "visual-line";
      return;
    case "^v":
      vi.message = "visual blocks are not modelled in this simulated vi";
      return;
    case "gv": {
      const [from, to] = [vi.marks.get("<"), vi.marks.get(">")];
      if (!from || !to) return;
      vi.anchor = from;
      buffer.move(to.row, to.column);
      vi.mode = "visual";
      return;
    }
    case "x":
    case "delete":
      if (buffer.line !== "") await through("d", "l");
      return;
    case "X":
      return through("d", "h");
    case "s":
      return buffer.line === "" ? insertAt(vi, 1) : through("c", "l");
    case "S":
      return through("c", "c");
    case "D":
      return through("d", "$");
    case "C":
      return through("c", "$");
    case "Y":
      return through("y", "y");
    case "p":
    case "P":
      putText(vi, key === "P", times);
      return keepChange(vi);
    case "J":
      return joinLines(vi, times);
    case "gJ":
      return joinLines(vi, times, "");
    case "~": {
      buffer.remember();
      const end = Math.min(buffer.line.length, buffer.column + times);
      const { row, column } = buffer;
      recase(vi, { from: { row, column }, to: { row, column: end }, lines: false }, "g~");
      buffer.column = end;
      return keepChange(vi);
    }
    case "&":
      if (vi.lastSubstitution) await execute(vi, "s");
      return;
    case "u":
    case "U":
      return undo(vi, times);
    case "^r":
      return redo(vi, times);
    case ".":
      for (let step = 0; step < times; step++) await repeatChange(vi);
      return;
    case "^a":
    case "^x":
      return addToNumber(vi, key === "^a" ? times : -times);
    case "^f":
    case "page-down":
      return showFrom(vi, vi.top + (height - 2) * times, 0);
    case "^b":
    case "page-up":
      return showFrom(vi, vi.top - (height - 2) * times, height - 1);
    case "^d":
      return scrollHalf(vi, count ?? height >> 1);
    case "^u":
      return scrollHalf(vi, -(count ?? height >> 1));
    case "^e":
      vi.top = Math.min(vi.top + times, buffer.lines.length - 1);
      return buffer.move(Math.max(buffer.row, vi.top));
    case "^y":
      vi.top = Math.max(0, vi.top - times);
      return buffer.move(Math.min(buffer.row, vi.top + height - 1));
    case "zt":
    case "zz":
    case "zb":
    case "z.":
    case "z^m":
    case "z-":
      vi.top = Math.max(
        0,
        buffer.row - (/[t^]/.test(key[1]!) ? 0 : /[b-]/.test(key[1]!) ? height - 1 : (height - 1) >> 1),
      );
      if (/[.^-]/.test(key[1]!)) buffer.move(buffer.row, firstSignOf(buffer.line));
      return;
    case "^g":
      return tellPlace(vi);
    case "^l":
      return;
    case "ZZ":
      return execute(vi, "x");
    case "ZQ":
      return execute(vi, "q!");
    case "q":
      if (!vi.recording) return;
      // Without the `q` that ends it.
      vi.registers.set(vi.recording.register, {
        text: JSON.stringify(vi.recording.keys.slice(0, -1)),
        lines: false,
      });
      vi.recording = undefined;
      return;
  }
  if (/^q[a-z0-9"]$/.test(key)) {
    vi.recording = { register: `@${key[1]}`, keys: [] };
    return;
  }
  if (/^@./su.test(key)) return runMacro(vi, key.slice(1), times);
  if (/^m./su.test(key)) {
    vi.marks.set(key.slice(1), buffer.place);
    return;
  }
  if (/^r./su.test(key)) {
    const char = key === "r^m" ? "\n" : key.slice(1);
    if (buffer.column + times > buffer.line.length) return;
    buffer.remember();
    const tail = buffer.line.slice(buffer.column + times);
    buffer.line = buffer.line.slice(0, buffer.column);
    buffer.insert(char === "\n" ? char : char.repeat(times));
    buffer.line += tail;
    if (char !== "\n") buffer.column -= 1;
    return keepChange(vi);
  }
  const target = targetOf(vi, key, count);
  if (!target) return;
  if (isVertical) {
    const before = buffer.line.slice(0, buffer.column);
    // On a tab the cursor stands at its end.
    vi.wanted ??=
      buffer.line[buffer.column] === "\t" ? widthOf(shownLine(`${before}\t`)) - 1 : widthOf(shownLine(before));
    buffer.move(target.row, placeOfColumn(buffer.lines[target.row]!, vi.wanted));
  } else if (/^(?:[GnN*#%{}HML]|gg|['`].)$/su.test(key)) jumpTo(vi, target);
  else buffer.move(target.row, target.column);
}

/** Show the text from a row on; the cursor goes to one of the screen. */
function showFrom(vi: ViState, top: number, at: number): void {
  const { buffer } = vi;
  vi.top = Math.min(Math.max(top, 0), buffer.lines.length - 1);
  buffer.move(vi.top + at, 0);
  buffer.column = firstSignOf(buffer.line);
}

/** `^d` and `^u`: the text and the cursor move as far. */
function scrollHalf(vi: ViState, by: number): void {
  const { buffer, height } = vi;
  const last = Math.max(0, buffer.lines.length - height);
  const row = buffer.row + by;
  vi.top = Math.min(Math.max(vi.top + by, 0), Math.max(last, vi.top));
  buffer.move(row);
  buffer.column = firstSignOf(buffer.line);
}

async function runMacro(vi: ViState, name: string, times: number): Promise<void> {
  const register = name === "@" ? vi.lastMacro : name;
  const held = vi.registers.get(`@${register}`);
  vi.lastMacro = register;
  if (!held) return;
  if (vi.macroDepth >= MACRO_DEPTH_MAX) {
    vi.message = "E169: Command too recursive";
    return;
  }
  vi.macroDepth++;
  const { lines } = vi.buffer;
  try {
    for (let step = 0; step < Math.min(times, 10_000); step++) {
      const { row, column } = vi.buffer;
      await typeKeys(vi, JSON.parse(held.text) as string[]);
      // A motion that leads nowhere ends a macro; here, one that moved and changed nothing does.
      const { row: at, column: place } = vi.buffer;
      if (at === row && place === column && vi.buffer.lines === lines && times > 1_000) break;
    }
  } finally {
    vi.macroDepth--;
  }
}

/** `^a` and `^x`: the number under the cursor or behind it. */
function addToNumber(vi: ViState, by: number): unknown {
  const { buffer } = vi;
  for (const found of buffer.line.matchAll(/-?\d+/g)) {
    if (found.index + found[0].length <= buffer.column) continue;
    buffer.remember();
    const text = String(BigInt(found[0]) + BigInt(by));
    buffer.line = buffer.line.slice(0, found.index) + text + buffer.line.slice(found.index + found[0].length);
    buffer.column = found.index + text.length - 1;
    return keepChange(vi);
  }
}

/** `.` */
async function repeatChange(vi: ViState): Promise<void> {
  const keys = vi.lastChange;
  vi.repeating = true;
  vi.pending = [];
  try {
    await typeKeys(vi, keys);
  } finally {
    vi.repeating = false;
  }
}
