/** Putting in the text what a file holds or a command prints. */
import { pathIn } from "../../coreutils/arguments.ts";
import { runWith } from "../../coreutils/command-output.ts";
import { openText, suspendKey } from "../full-screen.ts";
import { linesRead } from "./counted.ts";
import { EXECUTE, READ_FILE } from "./menus.ts";
import { ask } from "./questions.ts";
import { type NanoState, tell, warn } from "./state.ts";

/** `^R`: which file; `^X` asks for a command instead. */
export function askFileToInsert(nano: NanoState): void {
  ask(nano, "File to insert [from ./]: ", (name) => insertFile(nano, name), {
    menu: READ_FILE,
    keys: { "^x": () => askCommand(nano) },
  });
}

/** `^T`: which command; `^Z` suspends nano instead. */
export function askCommand(nano: NanoState): void {
  ask(nano, "Command to execute: ", (command) => insertOutput(nano, command), {
    menu: EXECUTE,
    history: nano.history.commands,
    keys: {
      "^z": () => {
        nano.question = undefined;
        return suspendKey;
      },
    },
  });
}

/** What is told of a file that cannot be read. */
export function refusalOf(name: string, reason: string): string {
  return reason === "Is a directory" ? `"${name}" is a directory` : `Error reading ${name}: ${reason}`;
}

async function insertFile(nano: NanoState, name: string): Promise<void> {
  if (name === "") return tell(nano, "Cancelled");
  const opened = await openText(nano.ctx, pathIn(nano.ctx, name));
  if (opened.kind === "new") return warn(nano, `File "${name}" not found`);
  if (opened.kind === "refused") return warn(nano, refusalOf(name, opened.reason));
  insertRead(nano, opened.text);
}

async function insertOutput(nano: NanoState, command: string): Promise<void> {
  if (command === "") return tell(nano, "Cancelled");
  let printed = "";
  const decoder = new TextDecoder();
  await runWith(nano.ctx, command, "", (bytes) => {
    const part = decoder.decode(bytes, { stream: true });
    nano.ctx.hold(part.length);
    printed += part;
  });
  insertRead(nano, printed);
}

function insertRead(nano: NanoState, text: string): void {
  const { file } = nano;
  if (text !== "") {
    file.buffer.remember("insertion");
    file.buffer.insert(text);
    file.endWithNewline();
  }
  tell(nano, linesRead(text));
}
