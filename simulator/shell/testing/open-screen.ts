/** A full-screen program at a terminal in tests, whose screen can be looked at. */
import xterm from "@xterm/headless";
import { expect, vi } from "vitest";
import { allCommands } from "../../commands/commands.ts";
import type { NodeFiles } from "../node-files.ts";
import { createShellSession } from "../session.ts";
import { Terminal } from "../terminal.ts";
import { createFakeLab } from "./fake-lab.ts";

export function openScreen(commandLine: string, files: NodeFiles) {
  const screen = new xterm.Terminal({ cols: 80, rows: 24, allowProposedApi: true });
  const lab = createFakeLab();
  const terminal = new Terminal({
    columns: 80,
    rows: 24,
    term: "xterm-256color",
    send: (bytes) => new Promise((resolve) => screen.write(bytes, resolve)),
  });
  const session = createShellSession({
    node: "pve1",
    port: lab.port,
    files,
    commands: allCommands,
    activity: lab.activity,
    terminal,
  });
  const ended = session.runCommand(commandLine);
  const rows = () =>
    Array.from({ length: 24 }, (_, at) => screen.buffer.active.getLine(at)?.translateToString(true) ?? "");
  return {
    lab,
    ended,
    rows,
    cursor: () => [screen.buffer.active.cursorY, screen.buffer.active.cursorX],
    /** Type when the program has taken the screen. */
    async type(keys: string) {
      await vi.waitUntil(() => screen.buffer.active.type === "alternate");
      terminal.input(Buffer.from(keys));
    },
    /** Waits until the screen has a text on it. */
    shows: (text: string) => vi.waitFor(() => expect(rows().join("\n")).toContain(text), { timeout: 4_000 }),
    /** What a file holds. */
    async file(path = "/root/f") {
      return Buffer.from(await files.readFile(path)).toString();
    },
    /** Whether the program has the screen. */
    alternate: () => screen.buffer.active.type === "alternate",
  };
}
