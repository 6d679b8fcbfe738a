/** The keys that nano shows at the bottom, and how it lays them out. @source GNU nano 7.2: its screens at several widths */

/** A key and what it does, in the order of the two rows: above, below, above, ... */
export type Menu = readonly (readonly [key: string, label: string])[];

const menu = (text: string): Menu =>
  text.split("|").map((entry) => {
    const at = entry.indexOf(" ");
    return [entry.slice(0, at), entry.slice(at + 1)];
  });

export const MAIN = menu(
  "^G Help|^X Exit|^O Write Out|^R Read File|^W Where Is|^\\ Replace|^K Cut|^U Paste|^T Execute|^J Justify|^C Location|" +
    "^/ Go To Line|M-U Undo|M-E Redo|M-A Set Mark|M-6 Copy|M-] To Bracket|^Q Where Was|M-Q Previous|M-W Next|^B Back|" +
    "^F Forward|^◂ Prev Word|^▸ Next Word|^A Home|^E End|^P Prev Line|^N Next Line",
);
/** With several files `^X` closes the one that is shown. */
export const MAIN_OF_SEVERAL: Menu = MAIN.map((entry) => (entry[0] === "^X" ? ["^X", "Close"] : entry));
export const SEARCH = menu(
  "^G Help|^C Cancel|M-C Case Sens|M-R Reg.exp.|M-B Backwards|^R Replace|^P Older|^N Newer|^T Go To Line",
);
export const REPLACE = menu(
  "^G Help|^C Cancel|M-C Case Sens|M-R Reg.exp.|M-B Backwards|^R No Replace|^P Older|^N Newer",
);
export const REPLACE_WITH = menu("^G Help|^C Cancel|^P Older|^N Newer");
export const GO_TO_LINE = menu(
  "^G Help|^C Cancel|^W Begin of Paragr.|^O End of Paragraph|^Y First Line|^V Last Line|^T Go To Text",
);
export const WRITE_OUT = menu(
  "^G Help|^C Cancel|M-D DOS Format|M-M Mac Format|M-A Append|M-P Prepend|M-B Backup File|^T Browse",
);
export const READ_FILE = menu("^G Help|^C Cancel|M-F New Buffer|M-N No Conversion|^X Execute Command|^T Browse");
export const EXECUTE = menu(
  "^G Help|^C Cancel|M-F New Buffer|M-\\ Pipe Text|^S Spell Check|^Y Linter|^J Full Justify|^O Formatter|^V Cut Till End|^Z Suspend",
);
const standing = (text: string) => `\x1b[7m${text}\x1b[27m`;

/** Two rows; as many keys as the screen has room for. */
export function menuRows(entries: Menu, columns: number): [string, string] {
  const visible = Math.min(entries.length, Math.floor((columns + 40) / 20) * 2);
  const width = Math.max(1, Math.floor(columns / ((visible + 1) >> 1)));
  const rows: [string, string] = ["", ""];
  for (const [at, [key, label]] of entries.slice(0, visible).entries()) {
    const room = (at + 2 >= visible ? width + (columns % width) : width) - key.length;
    const text = room > 1 ? ` ${label}`.slice(0, room).padEnd(room) : "";
    rows[at % 2] += `${standing(key)}${text}`;
  }
  return rows;
}

/** What can be answered to a question of yes or no. */
export function answerRows(columns: number, withAll: boolean): [string, string] {
  const width = columns < 32 ? columns >> 1 : 16;
  const cell = (key: string, label: string) => `${standing(key)} ${label}`.padEnd(width + "\x1b[7m\x1b[27m".length);
  return [`${cell(" Y", "Yes")}${withAll ? cell(" A", "All") : ""}`, `${cell(" N", "No")}${cell("^C", "Cancel")}`];
}
