/** Every function of the editor by readline's name for it. */
import { changing } from "./changing.ts";
import { completing } from "./completing.ts";
import type { Editing, EditorFunction } from "./editing.ts";
import { moving } from "./moving.ts";

const VERSION = "GNU bash, version 5.2.15(1)-release (x86_64-pc-linux-gnu)";
/** A macro that runs itself ends here. */
const MACRO_KEYS_MAX = 10_000;

/** M-3 and what is typed behind it, shown in the place of the prompt. */
async function digitArgument(editing: Editing, _count: number, keys: string): ReturnType<typeof perform> {
  let sign = 1;
  let value: number | undefined;
  const take = (key: string) => {
    if (key === "-" && value === undefined) sign = -1;
    else value = Math.min((value ?? 0) * 10 + Number(key), 1_000_000);
  };
  take(keys.slice(1));
  editing.message = () => `(arg: ${sign * (value ?? 1)}) `;
  for (;;) {
    const { keys: next, name } = await editing.readFunction();
    if (/^\x1b?[0-9]$/.test(next)) {
      take(next.at(-1)!);
      continue;
    }
    if (name === "digit-argument") {
      take("-");
      continue;
    }
    editing.message = undefined;
    return perform(editing, name, next, sign * (value ?? 1));
  }
}

async function perform(editing: Editing, name: string, keys: string, count: number) {
  editing.explicit = true;
  try {
    return await editing.perform(name, keys, count);
  } finally {
    editing.explicit = false;
  }
}

async function editAndExecute(editing: Editing): Promise<"line" | undefined> {
  const { display, line, host } = editing;
  if (!host.edit) return void display.ring();
  const typed = line.text;
  display.finish(line);
  await display.flush();
  const edited = await host.edit(typed);
  if (edited === undefined) return undefined;
  line.replace(edited);
  editing.isEntered = true;
  return "line";
}

const expandWith =
  (expand: (editing: Editing, text: string) => Promise<string | undefined>): EditorFunction =>
  async (editing) => {
    const { line, display } = editing;
    const expanded = await expand(editing, line.text);
    if (expanded === undefined) return display.ring();
    if (expanded === line.text) return;
    line.together(() => {
      line.delete(0, line.length);
      line.insert(expanded);
    });
  };

async function historyExpanded({ history }: Editing, text: string): Promise<string | undefined> {
  const expanded = history.expand(text);
  return "refusal" in expanded ? undefined : expanded.line;
}

export const functions: Readonly<Record<string, EditorFunction>> = {
  ...moving,
  ...changing,
  ...completing,
  "accept-line": () => "line",
  "end-of-input": () => "end",
  abort: ({ display }) => display.ring(),
  "digit-argument": digitArgument,
  "clear-screen": ({ display }) => display.clear("\x1b[H\x1b[2J"),
  "clear-display": ({ display }) => display.clear("\x1b[H\x1b[2J\x1b[3J"),
  "display-shell-version": ({ display, line }) => {
    display.below(line);
    display.print(`${VERSION}\n`);
  },
  "edit-and-execute-command": editAndExecute,
  "history-expand-line": expandWith(historyExpanded),
  "shell-expand-line": expandWith(async (editing, text) => {
    const expanded = await historyExpanded(editing, text);
    return expanded === undefined ? undefined : ((await editing.host.expand?.(expanded)) ?? expanded);
  }),
  "tilde-expand": ({ line }) => {
    let from = line.point;
    while (from > 0 && !/\s/.test(line.characters[from - 1]!)) from--;
    const word = line.characters.slice(from, line.point).join("");
    if (!/^~(?:root)?(?=\/|$)/.test(word)) return;
    line.together(() => {
      line.delete(from, line.point);
      line.insert(word.replace(/^~(?:root)?/, "/root"));
    });
  },
  "re-read-init-file": () => {},
  "start-kbd-macro": (editing) => {
    if (editing.recording !== undefined) editing.display.ring();
    else editing.recording = "";
  },
  "end-kbd-macro": (editing, _count, keys) => {
    if (editing.recording === undefined) return editing.display.ring();
    editing.macro = editing.recording.slice(0, -keys.length);
    editing.recording = undefined;
  },
  "call-last-kbd-macro": (editing, count) => {
    if (editing.recording !== undefined || editing.macro === "") return editing.display.ring();
    const keys = editing.macro.repeat(Math.max(0, Math.min(count, MACRO_KEYS_MAX / editing.macro.length)));
    if (++editing.macrosRun > MACRO_KEYS_MAX) return editing.display.ring();
    editing.pushBack(keys);
  },
};
