/** Files that a reader or a crash sees as the old text or the new, never as half of one. */
import { closeSync, fsyncSync, openSync, renameSync, writeFileSync } from "node:fs";

/** Replace a file; only this user can read it. */
export function writeWhole(path: string, text: string): void {
  const temporary = `${path}.new`;
  const file = openSync(temporary, "w", 0o600);
  try {
    writeFileSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
}
