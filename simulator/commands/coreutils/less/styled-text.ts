/** Lines of a text with colours in them: their characters, and a piece of them in its colours. */

/** Colours in a text. */
export const STYLE = /(\x1b\[[\d;]*m)/;
export const STYLES = /\x1b\[[\d;]*m/g;

/** A line's characters, tabs as blanks and control characters as less shows them, in reverse; the colours that `-R` lets through. */
export function readStyles(line: string, letsThrough: boolean): { characters: string[]; styles: Map<number, string> } {
  const styles = new Map<number, string>();
  if (!/[\x00-\x1f\x7f]/.test(line)) return { characters: [...line], styles };
  const characters: string[] = [];
  for (const part of line.split(STYLE)) {
    if (letsThrough && part.startsWith("\x1b[") && part.endsWith("m")) {
      styles.set(characters.length, (styles.get(characters.length) ?? "") + part);
      continue;
    }
    for (const char of part) {
      if (char === "\t") for (let count = 8 - (characters.length % 8); count > 0; count--) characters.push(" ");
      else if (char === "\x1b") characters.push("\x1b[7mE", "S", "C\x1b[27m");
      else if (char < " " || char === "\x7f")
        characters.push("\x1b[7m^", `${String.fromCharCode(char.charCodeAt(0) ^ 64)}\x1b[27m`);
      else characters.push(char);
    }
  }
  return { characters, styles };
}

/** The characters from one column to another in the colours that they have there. */
export function styledPiece(
  characters: readonly string[],
  styles: ReadonlyMap<number, string>,
  from: number,
  to: number,
) {
  const text = characters.slice(from, to);
  if (styles.size === 0) return text.join("");
  let out = "";
  let active = "";
  for (const [at, style] of styles) {
    if (at > from) break;
    active = /\x1b\[0?m$/.test(style) ? "" : style;
  }
  out += active;
  for (const [index, char] of text.entries()) {
    const style = index === 0 ? undefined : styles.get(from + index);
    if (style !== undefined) {
      out += style;
      active = /\x1b\[0?m$/.test(style) ? "" : style;
    }
    out += char;
  }
  return active === "" ? out : `${out}\x1b[m`;
}
