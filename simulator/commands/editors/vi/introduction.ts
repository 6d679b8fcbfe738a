/** What vi shows while there is nothing to edit yet. */
import type { ViState } from "./state.ts";

const LINES = [
  "VIM - Vi IMproved",
  "",
  "version 9.0.2142",
  "by Bram Moolenaar et al.",
  "Modified by team+vim@tracker.debian.org",
  "Vim is open source and freely distributable",
  "",
  "Help poor children in Uganda!",
  "type  :help iccf<Enter>       for information ",
  "",
  "type  :q<Enter>               to exit         ",
  "type  :help<Enter>  or  <F1>  for on-line help",
  "type  :help version9<Enter>   for version info",
];

const COMPATIBLE_LINES = [
  "",
  "Running in Vi compatible mode",
  "type  :set nocp<Enter>        for Vim defaults",
  "type  :help cp-default<Enter> for info on this",
];

/** Put it over the rows of an empty text, where the screen has room. @source vim 9.0 version.c intro_message */
export function introduction(vi: ViState, rows: string[]): void {
  const { columns } = vi.tty;
  const lines = vi.compatible ? [...LINES, ...COMPATIBLE_LINES] : LINES;
  const first = Math.floor((vi.tty.rows - lines.length) / 2);
  if (first < 2 || columns < 50) return;
  for (const [at, line] of lines.entries()) {
    if (line === "") continue;
    rows[first + at] = `~${" ".repeat(Math.max(0, Math.floor((columns - line.length) / 2) - 1))}${line}`;
  }
}
