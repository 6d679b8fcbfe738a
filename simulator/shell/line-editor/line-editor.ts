/**
 * Editing a line at the prompt as GNU readline 8.2 does, held against a real bash key by key
 * (`simulator/recordings/shell/terminal`).
 */
import type { History } from "../history.ts";
import { Terminated } from "../process.ts";
import type { Terminal } from "../terminal.ts";
import { nextTurn, turnIsOver } from "../turns.ts";
import { Editing, type EditorHost } from "./editing.ts";
import { functions } from "./functions.ts";
import type { EditorSettings } from "./settings.ts";

export interface LineEditorOptions extends EditorHost {
  terminal: Terminal;
  history: History;
  settings: EditorSettings;
}

export class LineEditor {
  readonly terminal: Terminal;
  #editing: Editing;

  constructor({ terminal, history, settings, ...host }: LineEditorOptions) {
    this.terminal = terminal;
    this.#editing = new Editing(terminal, history, settings, host, functions);
  }

  /**
   * Read one line, which a paste may have made several.
   *
   * @param initial what stands in it when it begins
   * @returns undefined at ^D on an empty line or when the client is gone
   * @throws Terminated SIGINT at ^C; the cursor is in the line's last row then
   */
  async readLine(prompt: string, signal: AbortSignal, initial = ""): Promise<string | undefined> {
    const { terminal } = this;
    const editing = this.#editing;
    const { line, display, walk, settings } = editing;
    editing.start(signal);
    if (editing.next !== undefined) walk.show(Math.min(editing.next, walk.lines.length));
    editing.next = undefined;
    if (initial) line.insert(initial);
    terminal.setMode("line-editor");
    const redraw = terminal.onResize(() => {
      display.resized(line);
      void display.flush();
    });
    let lastKeys = "";
    try {
      display.begin(prompt, settings.isOn("enable-bracketed-paste"));
      for (;;) {
        const { keys, name } = await editing.readFunction();
        const isEnd = name === "delete-char" && keys === "\x04" && line.length === 0 && lastKeys !== keys;
        lastKeys = keys;
        const macro = settings.macros.get(keys);
        if (macro !== undefined && name === "macro") {
          editing.pushBack(macro);
          continue;
        }
        const outcome = isEnd ? "end" : await editing.perform(name, keys);
        if (outcome === "end") {
          display.leave(line, "");
          display.print("\n");
          await display.flush();
          return undefined;
        }
        if (outcome === "line") {
          if (!editing.isEntered) display.finish(line);
          if (turnIsOver()) await nextTurn(terminal);
          await display.flush();
          if (turnIsOver()) await nextTurn(terminal);
          return editing.isEntered ? line.text : walk.enter();
        }
      }
    } catch (error) {
      if (error instanceof Terminated && error.signal === "SIGINT" && !signal.aborted) {
        display.leave(line, "^C");
        await display.flush();
      }
      throw error;
    } finally {
      redraw();
      // A pasted line behind this one may be for the command that it begins.
      terminal.giveBack(Buffer.from(editing.takeRest()));
      terminal.setMode("cooked");
    }
  }
}
