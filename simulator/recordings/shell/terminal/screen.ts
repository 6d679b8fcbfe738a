/** What a terminal shows of the bytes it gets, in the form that sessions keep. */
import { Unicode11Addon } from "@xterm/addon-unicode11";
import xterm from "@xterm/headless";
import type { Screen } from "./session-script.ts";

export class WatchedScreen {
  #terminal: InstanceType<typeof xterm.Terminal>;

  constructor(columns: number, rows: number) {
    this.#terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true });
    // Widths as glibc has them, for what stands at the right edge.
    this.#terminal.loadAddon(new Unicode11Addon());
    this.#terminal.unicode.activeVersion = "11";
  }

  /** Resolves when it is shown. */
  write(bytes: Uint8Array | string): Promise<void> {
    return new Promise((resolve) => this.#terminal.write(bytes, resolve));
  }

  resize(columns: number, rows: number): void {
    this.#terminal.resize(columns, rows);
  }

  /** What a terminal sends for these keys: a program may have asked for other arrows, and for marks around what is pasted. */
  sent(keys: string): string {
    const { applicationCursorKeysMode, bracketedPasteMode } = this.#terminal.modes;
    const pasted = bracketedPasteMode
      ? keys
      : keys.replace(/\x1b\[200~(.*?)\x1b\[201~/gs, (_, text: string) => text.replaceAll("\n", "\r"));
    return applicationCursorKeysMode ? pasted.replace(/\x1b\[([A-DFH])/g, "\x1bO$1") : pasted;
  }

  /** @param ended the shell is gone: where the cursor stands is no matter */
  look(ended = false): Screen {
    const { active } = this.#terminal.buffer;
    const rows: string[] = [];
    const reverse: [number, number, number][] = [];
    for (let y = 0; y < this.#terminal.rows; y++) {
      const line = active.getLine(active.baseY + y)!;
      rows.push(line.translateToString(true).trimEnd());
      let from = -1;
      for (let x = 0; x <= this.#terminal.cols; x++) {
        const marked = x < this.#terminal.cols && (line.getCell(x)?.isInverse() ?? 0) !== 0;
        if (marked && from < 0) from = x;
        else if (!marked && from >= 0) {
          reverse.push([y, from, x]);
          from = -1;
        }
      }
    }
    while (rows.at(-1) === "") rows.pop();
    return {
      rows,
      ...(!ended && { cursor: [active.cursorY, active.cursorX] as [number, number] }),
      ...(reverse.length > 0 && { reverse }),
    };
  }
}
