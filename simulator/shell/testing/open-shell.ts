/** A shell at a terminal in tests: what is typed goes in when the shell waits for it, what is shown is kept. */
import { expect, onTestFinished } from "vitest";
import { processTableOf } from "../node-process.ts";
import { createFakeLab, type FakeLab } from "./fake-lab.ts";
import { startShellAtTerminal } from "./shell-at-terminal.ts";

/** Sequences that only move or colour, and what bracketed paste and returns add. */
const UNSEEN = /\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]|\r/g;

/** @param options.files beside those that every node starts with. The shell is hung up when the test is over. */
export function openShell(options: { files?: Record<string, string>; lab?: FakeLab; columns?: number } = {}) {
  const lab = options.lab ?? createFakeLab();
  let out = "";
  let seen = 0;
  const { terminal, files, session, ended } = startShellAtTerminal({
    lab,
    columns: options.columns ?? 200,
    rows: 24,
    ...(options.files && { files: options.files }),
    send: async (bytes) => {
      out += Buffer.from(bytes).toString("utf8");
    },
  });
  onTestFinished(() => session.hangUp());
  const screen = () => out.replace(UNSEEN, "");
  return {
    lab,
    files,
    terminal,
    ended,
    screen,
    raw: () => out,
    /** Type when whoever has the keys has shown all that it had to show. */
    async type(keys: string) {
      await quiet(() => out);
      terminal.input(Buffer.from(keys));
    },
    /** Waits for a text behind those that were waited for before. */
    async shows(text: string) {
      await expect.poll(() => screen().slice(seen), { timeout: 4_000 }).toContain(text);
      const at = screen().indexOf(text, seen);
      // The last line of one text may be the first of the next.
      seen = at + Math.max(1, text.replace(/[^\n]*$/, "").length);
    },
    processes: () =>
      processTableOf(lab.port, "pve1")
        .all()
        .map((process) => process.command),
    hangUp: () => session.hangUp(),
  };
}

/** Resolves when nothing has been shown for some turns of the event loop. */
async function quiet(shown: () => string): Promise<void> {
  for (let turns = 0, before = ""; turns < 60; turns++) {
    if (shown() !== before) turns = 0;
    before = shown();
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}
