/**
 * Which keys do what: readline's emacs map with what bash and Debian's /etc/inputrc add.
 *
 * @source `bind -p` of bash 5.2.15 on Debian 12
 */

/** Keys by what they do, in the notation of `bind`. */
const BOUND: Record<string, string> = {
  abort: "\\C-g \\C-x\\C-g \\e\\C-g",
  "accept-line": "\\C-j \\C-m",
  "backward-char": "\\C-b \\eOD \\e[D",
  "backward-delete-char": "\\C-h \\C-?",
  "backward-kill-line": "\\C-x\\C-?",
  "backward-kill-word": "\\e\\C-h \\e\\C-?",
  "backward-word": "\\e\\e[D \\e[1;3D \\e[1;5D \\e[5D \\eb",
  "beginning-of-history": "\\e<",
  "beginning-of-line": "\\C-a \\eOH \\e[1~ \\e[H",
  "bracketed-paste-begin": "\\e[200~",
  "call-last-kbd-macro": "\\C-xe",
  "capitalize-word": "\\ec",
  "character-search": "\\C-]",
  "character-search-backward": "\\e\\C-]",
  "clear-display": "\\e\\C-l",
  "clear-screen": "\\C-l",
  complete: "\\C-i",
  "complete-command": "\\e!",
  "complete-filename": "\\e/",
  "complete-hostname": "\\e@",
  "complete-username": "\\e~",
  "complete-variable": "\\e$",
  "delete-char": "\\C-d \\e[3~",
  "delete-horizontal-space": "\\e\\",
  "digit-argument": "\\e- \\e0 \\e1 \\e2 \\e3 \\e4 \\e5 \\e6 \\e7 \\e8 \\e9",
  "display-shell-version": "\\C-x\\C-v",
  "downcase-word": "\\el",
  "edit-and-execute-command": "\\C-x\\C-e",
  "end-kbd-macro": "\\C-x)",
  "end-of-history": "\\e>",
  "end-of-line": "\\C-e \\eOF \\e[4~ \\e[F",
  "exchange-point-and-mark": "\\C-x\\C-x",
  "forward-char": "\\C-f \\eOC \\e[C",
  "forward-search-history": "\\C-s",
  "forward-word": "\\e\\e[C \\e[1;3C \\e[1;5C \\e[5C \\ef",
  "glob-complete-word": "\\eg",
  "glob-expand-word": "\\C-x*",
  "glob-list-expansions": "\\C-xg",
  "history-expand-line": "\\e^",
  "history-search-backward": "\\e[5~",
  "history-search-forward": "\\e[6~",
  "insert-comment": "\\e#",
  "insert-completions": "\\e*",
  "kill-line": "\\C-k",
  "kill-word": "\\e[3;5~ \\ed",
  "next-history": "\\C-n \\eOB \\e[B",
  "non-incremental-forward-search-history": "\\en",
  "non-incremental-reverse-search-history": "\\ep",
  "operate-and-get-next": "\\C-o",
  "possible-command-completions": "\\C-x!",
  "possible-completions": "\\e= \\e?",
  "possible-filename-completions": "\\C-x/",
  "possible-hostname-completions": "\\C-x@",
  "possible-username-completions": "\\C-x~",
  "possible-variable-completions": "\\C-x$",
  "previous-history": "\\C-p \\eOA \\e[A",
  "quoted-insert": "\\C-q \\C-v \\e[2~",
  "re-read-init-file": "\\C-x\\C-r",
  "reverse-search-history": "\\C-r",
  "revert-line": "\\e\\C-r \\er",
  "set-mark": "\\C-@ \\e\\s",
  "shell-backward-word": "\\e\\C-b",
  "shell-expand-line": "\\e\\C-e",
  "shell-forward-word": "\\e\\C-f",
  "shell-kill-word": "\\e\\C-d",
  "shell-transpose-words": "\\e\\C-t",
  "start-kbd-macro": "\\C-x(",
  "tilde-expand": "\\e&",
  "transpose-chars": "\\C-t",
  "transpose-words": "\\et",
  undo: "\\C-x\\C-u \\C-_",
  "unix-line-discard": "\\C-u",
  "unix-word-rubout": "\\C-w",
  "upcase-word": "\\eu",
  yank: "\\C-y",
  "yank-last-arg": "\\e. \\e_",
  "yank-nth-arg": "\\e\\C-y",
  "yank-pop": "\\ey",
};

/** What keys lead to: a function's name, or more keys. */
export type KeyMap = Map<string, string | KeyMap>;

/** `\C-xe` as the keys that are sent. */
export function keysOf(notation: string): string {
  return notation.replace(/\\C-(\?|.)|\\e|\\s/gs, (whole, control: string | undefined) => {
    if (whole === "\\e") return "\x1b";
    if (whole === "\\s") return " ";
    return control === "?" ? "\x7f" : String.fromCharCode(control!.toUpperCase().charCodeAt(0) & 31);
  });
}

/** A map of its own for one editor, which `bind` may change. */
export function emacsKeys(): KeyMap {
  const map: KeyMap = new Map();
  for (const [name, keys] of Object.entries(BOUND)) for (const one of keys.split(" ")) bindKeys(map, keysOf(one), name);
  return map;
}

export function bindKeys(map: KeyMap, keys: string, name: string): void {
  let at = map;
  for (const key of keys.slice(0, -1)) {
    const known = at.get(key);
    const next: KeyMap = typeof known === "object" ? known : new Map();
    at.set(key, next);
    at = next;
  }
  at.set(keys.at(-1)!, name);
}
