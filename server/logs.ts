/** Log files of the processes: one file each, the one before kept beside it. */
import { appendFileSync, renameSync, statSync } from "node:fs";

/** Bytes after which the next start begins a new file; the old one is kept once, so a log takes twice this at most. */
const rotateAtBytes = 5_000_000;

export function rotateLog(file: string): void {
  try {
    if (statSync(file).size > rotateAtBytes) renameSync(file, `${file}.1`);
  } catch {
    // No file yet.
  }
}

/** Add text to a log; a full disk or a removed folder must not take the product down with it. */
export function appendLog(file: string, text: string): void {
  try {
    appendFileSync(file, text, { mode: 0o600 });
  } catch {
    // Nowhere to say it.
  }
}
