/** A line typed into sftp: words with quotes and backslashes, and what stands before the first. @source sftp.c makeargv */

export interface SftpLine {
  words: string[];
  /** With a hyphen before it a command may fail. */
  ignoresFailure: boolean;
  wrong?: string;
}

export function splitWords(line: string): SftpLine {
  const found = /^\s*([-@]*)\s*(.*)$/s.exec(line)!;
  const ignoresFailure = found[1]!.includes("-");
  const text = found[2]!;
  const words: string[] = [];
  let word: string | undefined;
  let quote: string | undefined;
  for (let at = 0; at < text.length; at++) {
    const letter = text[at]!;
    if (letter === "\\" && at + 1 < text.length && quote !== "'") word = (word ?? "") + protectedLetter(text[++at]!);
    else if (quote !== undefined) {
      if (letter === quote) quote = undefined;
      else word = (word ?? "") + protectedLetter(letter);
    } else if (letter === '"' || letter === "'") {
      quote = letter;
      word ??= "";
    } else if (/\s/.test(letter)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (letter === "#" && word === undefined) break;
    else word = (word ?? "") + letter;
  }
  if (quote !== undefined) return { words: [], ignoresFailure, wrong: "Unterminated quoted argument" };
  if (word !== undefined) words.push(word);
  return { words, ignoresFailure };
}

/** What is quoted stands for itself in patterns, too. */
const protectedLetter = (letter: string) => (/[*?[\]\\]/.test(letter) ? `\\${letter}` : letter);
