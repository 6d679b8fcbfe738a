/**
 * Sessions at a terminal as they are written down beside this file, the same for a real bash and for ours.
 *
 * `## title [COLUMNSxROWS]` begins one; each line behind it is a step: keys that are sent at once, after which the screen
 * is looked at. In angle brackets: `<C-x>`, `<M-x>`, `<RET>`, `<TAB>`, `<ESC>`, `<DEL>`, arrows, `<SPC>`, `<lt>`,
 * `<PASTE>` and `</PASTE>` around what a terminal pastes, `<RESIZE COLUMNSxROWS>`, `<WAIT TEXT>` for a text on the screen.
 */
import { readdirSync, readFileSync } from "node:fs";

export type Step =
  | { kind: "keys"; keys: string }
  | { kind: "resize"; columns: number; rows: number }
  | { kind: "wait"; text: string };

export interface TerminalSession {
  title: string;
  columns: number;
  rows: number;
  /** As written, and what each of them is: a line may be several. */
  steps: { line: string; parts: Step[] }[];
}

/** What a screen shows: rows without blanks at their ends and without empty rows below, and the cursor. */
export interface Screen {
  rows: string[];
  /** Row and column, from 0; absent when the shell has ended. */
  cursor?: [number, number];
  /** Cells shown in reverse, by row: from and to (exclusive). */
  reverse?: [number, number, number][];
}

const NAMED: Record<string, string> = {
  RET: "\r",
  TAB: "\t",
  ESC: "\x1b",
  DEL: "\x7f",
  SPC: " ",
  UP: "\x1b[A",
  DOWN: "\x1b[B",
  RIGHT: "\x1b[C",
  LEFT: "\x1b[D",
  HOME: "\x1b[H",
  END: "\x1b[F",
  PGUP: "\x1b[5~",
  PGDN: "\x1b[6~",
  DELETE: "\x1b[3~",
  lt: "<",
  gt: ">",
  PASTE: "\x1b[200~",
  "/PASTE": "\x1b[201~",
};

/** @throws Error on a key that has no name here */
function readSessions(text: string): TerminalSession[] {
  const sessions: TerminalSession[] = [];
  for (const line of text.split("\n")) {
    const head = /^## (.*?)(?: \[(\d+)x(\d+)\])?$/.exec(line);
    if (head) {
      const [, title = "", columns = "80", rows = "24"] = head;
      sessions.push({ title, columns: Number(columns), rows: Number(rows), steps: [] });
    } else if (line !== "") sessions.at(-1)!.steps.push({ line, parts: partsOf(line) });
  }
  return sessions;
}

/** Sessions by subject, the names of the files. */
export function allSessions(): Record<string, TerminalSession[]> {
  const files = readdirSync(import.meta.dirname).filter((name) => name.endsWith(".txt"));
  return Object.fromEntries(
    files
      .sort()
      .map((name) => [name.replace(/\.txt$/, ""), readSessions(readFileSync(`${import.meta.dirname}/${name}`, "utf8"))]),
  );
}

function partsOf(line: string): Step[] {
  const parts: Step[] = [];
  const add = (keys: string) => {
    const last = parts.at(-1);
    if (last?.kind === "keys") last.keys += keys;
    else parts.push({ kind: "keys", keys });
  };
  for (const [, special, plain] of line.matchAll(/<(M->|[^ <>][^<>]*)>|([^<]+|<)/g)) {
    if (plain !== undefined) {
      add(plain);
      continue;
    }
    const resize = /^RESIZE (\d+)x(\d+)$/.exec(special!);
    const wait = /^WAIT (.*)$/.exec(special!);
    const control = /^C-(.)$/.exec(special!);
    const meta = /^M-(C-)?(DEL|lt|SPC|.)$/.exec(special!);
    if (resize) parts.push({ kind: "resize", columns: Number(resize[1]), rows: Number(resize[2]) });
    else if (wait) parts.push({ kind: "wait", text: wait[1]! });
    else if (control) add(controlOf(control[1]!));
    else if (meta) add(`\x1b${meta[1] ? controlOf(meta[2]!) : (NAMED[meta[2]!] ?? meta[2]!)}`);
    else if (NAMED[special!] !== undefined) add(NAMED[special!]!);
    else throw new Error(`there is no key <${special}>`);
  }
  return parts;
}

const controlOf = (char: string) => String.fromCharCode(char.toUpperCase().charCodeAt(0) & 31);

/** What is in root's home when a session begins: names below it, folders with a slash. */
export const HOME_FILES: Record<string, string> = {
  ".bash_history": [
    "ls -l /etc/pve",
    "pvecm status",
    "echo alpha beta gamma",
    "cat notes.txt",
    "echo 'two words' done",
    "",
  ].join("\n"),
  ".bashrc": "# ~/.bashrc: executed by bash(1) for non-login shells.\n",
  ".profile": '# ~/.profile: executed by Bourne-compatible login shells.\n\nif [ "$BASH" ]; then\n  . ~/.bashrc\nfi\n',
  "notes.txt": "first note\nsecond note\n",
  "two words.txt": "two\n",
  "odd&name": "odd\n",
  "odd$name": "odd\n",
  "odd'quote": "odd\n",
  "sub/inner.txt": "inner\n",
  "sub/other.log": "other\n",
  "subtle.txt": "subtle\n",
  "deep/only/one/way/end.txt": "end\n",
  "wide/日本.txt": "",
  "wide/日曜.txt": "",
  "wide/plain.txt": "",
  ...Object.fromEntries(Array.from({ length: 120 }, (_, at) => [`many/file${String(at + 1).padStart(3, "0")}`, ""])),
};

/** /etc/hosts of the node. */
export const HOSTS = "127.0.0.1 localhost\n10.0.0.11 pve1\n10.0.0.12 pve2\n10.0.0.13 pve3\n";
