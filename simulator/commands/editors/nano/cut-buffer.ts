/** Cutting, copying and pasting. */
import type { Place } from "../text-buffer.ts";
import { type NanoState, tell, warn } from "./state.ts";

/** What `streak` says of a key that cut or copied a line: the next one adds to it. */
const CUTTING = "cutting";

/** `^K`: the line, or what is marked. @param streak what the key before did */
export function cutText(nano: NanoState, streak: string | undefined): unknown {
  const { file } = nano;
  const { buffer } = file;
  const region = file.region();
  const isLastLine = buffer.row === buffer.lines.length - 1;
  const part: { from: Place; to: Place } = region ?? {
    from: { row: buffer.row, column: 0 },
    to: isLastLine ? { row: buffer.row, column: buffer.line.length } : { row: buffer.row + 1, column: 0 },
  };
  const text = buffer.textBetween(part.from, part.to);
  file.mark = undefined;
  if (text === "") return warn(nano, "Nothing was cut");
  buffer.remember("cut");
  nano.cutBuffer = streak === CUTTING && !region ? nano.cutBuffer + text : text;
  file.erase(part.from, part.to);
  if (!region) nano.streak = CUTTING;
  nano.message = "";
}

/** `M-T`: from the cursor to the end of the text. */
export function cutTail(nano: NanoState): unknown {
  const { file } = nano;
  const { buffer } = file;
  const from = buffer.place;
  const end = buffer.lines.length - 1;
  const to = { row: end, column: buffer.lines[end]!.length };
  const text = buffer.textBetween(from, to);
  if (text === "") return warn(nano, "Nothing was cut");
  buffer.remember("cut");
  nano.cutBuffer = text;
  file.erase(from, to);
  nano.message = "";
}

/** `M-6`: the line, and down to the next; or what is marked. @param streak what the key before did */
export function copyText(nano: NanoState, streak: string | undefined): unknown {
  const { file } = nano;
  const { buffer } = file;
  const region = file.region();
  if (region) {
    nano.cutBuffer = buffer.textBetween(region.from, region.to);
    file.mark = undefined;
  } else {
    if (buffer.row === buffer.lines.length - 1) return warn(nano, "Nothing was cut");
    nano.cutBuffer = `${streak === CUTTING ? nano.cutBuffer : ""}${buffer.line}\n`;
    buffer.move(buffer.row + 1, 0);
    nano.streak = CUTTING;
  }
  nano.message = "";
}

/** `^U` */
export function paste(nano: NanoState): unknown {
  const { file } = nano;
  if (nano.cutBuffer === "") return warn(nano, "Cutbuffer is empty");
  file.buffer.remember("paste");
  file.buffer.insert(nano.cutBuffer);
  file.endWithNewline();
  nano.message = "";
}

/** `M-A`: mark from the cursor on, or mark no longer. */
export function toggleMark(nano: NanoState): void {
  const { file } = nano;
  file.mark = file.mark ? undefined : file.buffer.place;
  tell(nano, file.mark ? "Mark Set" : "Mark Unset");
}
