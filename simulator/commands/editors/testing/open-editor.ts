/** An editor in tests, with a file `f` to edit. */
import { expect } from "vitest";
import { createMemoryFiles } from "../../../shell/memory-files.ts";
import { openScreen } from "../../../shell/testing/open-screen.ts";
import { START_FILES } from "../../../shell/testing/run-shell.ts";

/** What `f` holds when nothing else is said. */
export const TEXT = "one two three\nsecond line\nthird\n";

export function openEditor(commandLine: string, text = TEXT) {
  return openScreen(commandLine, createMemoryFiles({ ...START_FILES, "/root/f": text }));
}

/** Open, type, and what the file holds when the editor has ended. */
export async function edited(commandLine: string, keys: string, path?: string): Promise<string> {
  const editor = openEditor(commandLine);
  await editor.type(keys);
  expect(await editor.ended).toBe(0);
  expect(editor.alternate()).toBe(false);
  return editor.file(path);
}
