/**
 * Keys that belong to the page rather than to the shell: copy, paste, search, and the way out of the terminal.
 *
 * Paste is left to the browser, whose paste event xterm.js takes: it works over plain HTTP. Ctrl+V therefore pastes; the
 * shell's own Ctrl+V (the next key literally) is Ctrl+Alt+V. Ctrl+W, Ctrl+T and Ctrl+N close and open tabs and windows before
 * any page hears of them, so they have such a second way, too; in full screen the browser lets go of them where it can.
 */
export type KeyAct =
  | "copy"
  | "copy-and-deselect"
  | "browser"
  | "leave"
  | "search"
  | "shell"
  /** The control character of this letter. */
  | `control-${TakenKey}`;

/** Letters whose control characters the browser keeps for itself. */
export const TAKEN_KEYS = ["v", "w", "t", "n"] as const;
export type TakenKey = (typeof TAKEN_KEYS)[number];

export function controlCharacter(letter: TakenKey): string {
  return String.fromCharCode(letter.charCodeAt(0) & 0x1f);
}

export interface PressedKey {
  key: string;
  /** Where it is on the keyboard, `KeyC`; absent where a browser does not say. */
  code?: string;
  ctrlKey: boolean;
  shiftKey: boolean;
  altKey: boolean;
  metaKey: boolean;
}

/**
 * What a pressed key is for. Letters are told by `key`, so that they follow the keyboard's layout; a layout without Latin
 * letters (Cyrillic, Greek, Arabic, Hindi) has them where its keyboard has them printed.
 */
export function keyAct(pressed: PressedKey, state: { selection: boolean; mac: boolean }): KeyAct {
  const key = letterOf(pressed);
  const { ctrlKey: ctrl, shiftKey: shift, altKey: alt, metaKey: meta } = pressed;
  if (ctrl && !alt && !meta && key === "f6") return "leave";
  if (meta && state.mac && !ctrl && !alt) {
    if (key === "c") return state.selection ? "copy" : "browser";
    if (key === "f") return "search";
    return "browser";
  }
  if (meta) return "shell";
  if (shift && !ctrl && !alt && key === "insert") return "browser";
  if (!ctrl) return "shell";
  const taken = TAKEN_KEYS.find((letter) => letter === key);
  if (alt) return taken && !shift && !state.mac ? `control-${taken}` : "shell";
  if (key === "insert") return state.selection ? "copy" : "shell";
  // Without a selection nothing is copied, and no ^C is sent either: whoever pressed Shift meant to copy.
  if (shift && key === "c") return "copy";
  if (shift && key === "f") return "search";
  if (key === "v") return state.mac && !shift ? "shell" : "browser";
  // ^C stays ^C where nothing is selected.
  if (key === "c" && state.selection && !state.mac) return "copy-and-deselect";
  return "shell";
}

function letterOf({ key, code }: PressedKey): string {
  const latin = /^[\x20-\x7e]$/.test(key) || key.length !== 1;
  const [, printed] = latin ? [] : (/^Key([A-Z])$/.exec(code ?? "") ?? []);
  return (printed ?? key).toLowerCase();
}
