/**
 * Which part of a flood can no longer be seen.
 *
 * Text without any escape sequence only scrolls. When so many of its lines follow that they fill the screen and everything
 * above it that is kept, the text before them leaves no trace: it need not be parsed. So a screen keeps up with `cat` of a
 * large file at a fraction of the work, and is still exact to the last cell.
 */

/** ESC; shift out and in, which choose another character set; and 0xC2, which begins the C1 controls of UTF-8. */
const NOT_PLAIN = [0x1b, 0x0e, 0x0f, 0xc2];
const NEWLINE = 0x0a;
const RETURN = 0x0d;

/**
 * How many bytes at the beginning of `bytes` may be left out.
 *
 * The text that stays begins after a carriage return and newline: at the first column and between two characters. What
 * stands on the lines below the cursor is overwritten by newlines of its own, so `lines` counts the screen twice.
 *
 * @param bytes what comes next on the main screen, without a scroll region, after a clean cut
 * @param lines lines kept above the screen, and twice the screen's
 * @returns 0 when all of it may still be seen
 */
export function unseenBytes(bytes: Uint8Array, lines: number): number {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  let from = view.length;
  for (let seen = 0; seen <= lines; seen++) {
    from = view.lastIndexOf(NEWLINE, from - 1);
    // Also -1, from where nothing can be found.
    if (from <= 1) return 0;
  }
  while (view[from - 1] !== RETURN) {
    from = view.lastIndexOf(NEWLINE, from - 1);
    if (from <= 1) return 0;
  }
  // Whatever is left out must be plain, and so must what has to push it out.
  return NOT_PLAIN.some((control) => view.includes(control)) ? 0 : from + 1;
}
