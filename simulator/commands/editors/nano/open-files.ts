/** The files that are open: going from one to another, closing them, and what is left of them at a sudden end. */
import { pathIn } from "../../coreutils/arguments.ts";
import { saveText } from "../full-screen.ts";
import { counted } from "./counted.ts";
import { dropLock } from "./lock-file.ts";
import { askWhether } from "./questions.ts";
import { type NanoState, tell, warn } from "./state.ts";
import { askName } from "./writing.ts";

/** Tell which file is shown. */
export function tellFile(nano: NanoState): void {
  const { name, lineCount } = nano.file;
  tell(nano, `${name || "New Buffer"} -- ${counted(lineCount, "line")}`);
}

/** `M-.`, `M-,`: the next file or the one before. */
export function switchFile(nano: NanoState, step: 1 | -1): unknown {
  const count = nano.files.length;
  if (count < 2) return warn(nano, "No more open file buffers");
  nano.current = (nano.current + step + count) % count;
  tellFile(nano);
}

/** `^X`: close the file, ask when it has changed. */
export function exit(nano: NanoState): unknown {
  if (!nano.file.buffer.modified) return close(nano);
  return askWhether(
    nano,
    "Save modified buffer? ",
    () => askName(nano, (written) => written && close(nano)),
    () => close(nano),
  );
}

async function close(nano: NanoState): Promise<void> {
  await dropLock(nano, nano.file);
  nano.files.splice(nano.current, 1);
  if (nano.files.length === 0) nano.ended = true;
  else {
    nano.current %= nano.files.length;
    tellFile(nano);
  }
}

/** When nano is ended from outside: what was not written is in NAME.save, and no lock is left. @source nano(1) */
export async function leaveBehind(nano: NanoState): Promise<void> {
  for (const file of nano.files) {
    if (file.buffer.modified) await saveText(nano.ctx, pathIn(nano.ctx, `${file.name || "nano"}.save`), file.text());
    await dropLock(nano, file);
  }
}
