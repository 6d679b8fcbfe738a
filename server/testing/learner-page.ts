/** The self-paced learner's page without a browser: opens the chapter, which makes the lab, and types in its terminals. */
import { openPage, openTerminal, type TestTerminal } from "../../gateway/testing/test-browser.ts";

const CHAPTER = "vm-migration-and-clustering/create-a-cluster";

export interface LearnerPage {
  terminal: TestTerminal;
  /** Type a line once the shell waits for one. */
  type(line: string): void;
  /** Wait until the terminal shows this. */
  shows(pattern: RegExp, withinMs?: number): Promise<void>;
  close(): void;
}

/** @param node whose shell is opened @throws Error when the chapter's page names no lab */
export async function openLearnerPage(url: string, node: string): Promise<LearnerPage> {
  const response = await fetch(`${url}/learn/${CHAPTER}`);
  const labId = /\\?"labId\\?":\\?"([0-9a-f-]{36})/.exec(await response.text())?.[1];
  if (!labId) throw new Error(`the chapter's page names no lab (${response.status})`);
  const connection = openPage(url);
  const terminal = openTerminal(connection, { labId, node }, { columns: 120, rows: 40 });
  return {
    terminal,
    type: (line) => terminal.link.type(`${line}\r`),
    shows: (pattern, withinMs = 90_000) => terminal.until(`${pattern}`, () => pattern.test(terminal.text()), withinMs),
    close: () => connection.close(),
  };
}
