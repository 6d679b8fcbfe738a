/** Files that a reader or a crash sees as the old text or the new, never as half of one. */
import { closeSync, fsyncSync, openSync, renameSync, writeFileSync } from "node:fs";

/**
 * Replace a file; only this user can read it.
 *
 * @param text whole, or in pieces
 * @param options.durable false does not wait for the disk
 */
export function writeWhole(path: string, text: string | Iterable<string>, options: { durable?: boolean } = {}): void {
  const temporary = `${path}.new`;
  const file = openSync(temporary, "w", 0o600);
  try {
    for (const piece of typeof text === "string" ? [text] : text) writeFileSync(file, piece);
    if (options.durable !== false) fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
}
