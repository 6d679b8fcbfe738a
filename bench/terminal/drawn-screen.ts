/** What a shell's page would show: a headless screen behind it, so that two pages can be compared. */
import { createRequire } from "node:module";
import type { GatewayShell } from "./shells.ts";

const { Terminal } = createRequire(import.meta.url)("@xterm/headless") as typeof import("@xterm/headless");

export class DrawnScreen {
  readonly #terminal = new Terminal({
    cols: 80,
    rows: 24,
    scrollback: 10_000,
    allowProposedApi: true,
    logLevel: "off",
  });
  readonly #redrawn = Promise.withResolvers<number>();

  /** From its first byte on: before the shell's link starts. */
  constructor(shell: GatewayShell) {
    shell.consumer = (bytes, parsed) => this.#terminal.write(bytes, parsed);
    shell.onRedraw = ({ columns, rows, bytes }) => {
      this.#redrawn.resolve(performance.now());
      this.#terminal.reset();
      this.#terminal.resize(columns, rows);
      this.#terminal.write(bytes);
    };
  }

  /** When the first whole screen arrived, by `performance.now()`. */
  get redrawn(): Promise<number> {
    return this.#redrawn.promise;
  }

  /** The newest lines, as many as the gateway keeps for sure, and the cursor, once everything that came is drawn. */
  async text(): Promise<string> {
    await new Promise<void>((resolve) => this.#terminal.write("", resolve));
    const { active } = this.#terminal.buffer;
    const lines: string[] = [];
    for (let row = Math.max(0, active.length - 1_000); row < active.length; row++) {
      lines.push(active.getLine(row)?.translateToString(true) ?? "");
    }
    return `${lines.join("\n")}\n${active.cursorX},${active.cursorY} ${active.type}`;
  }
}
