/** What `bind` sets for the line editors of a shell: keys, and readline's variables that this one obeys. */
import { emacsKeys, type KeyMap } from "./key-map.ts";

/** As `bind -v` tells them on Debian. */
const VARIABLES = {
  "bell-style": "audible",
  "comment-begin": "#",
  "completion-ignore-case": "off",
  "completion-query-items": "100",
  "enable-active-region": "on",
  "enable-bracketed-paste": "on",
  "mark-directories": "on",
  "match-hidden-files": "on",
  "page-completions": "on",
  "print-completions-horizontally": "off",
  "show-all-if-ambiguous": "off",
  "show-all-if-unmodified": "off",
} as const;

export type EditorVariable = keyof typeof VARIABLES;

export class EditorSettings {
  readonly keys: KeyMap = emacsKeys();
  readonly variables = new Map<string, string>(Object.entries(VARIABLES));
  /** Keys that put text in, by `bind '"KEYS": "TEXT"'`. */
  readonly macros = new Map<string, string>();

  isOn(name: EditorVariable): boolean {
    return this.variables.get(name) === "on";
  }
}
