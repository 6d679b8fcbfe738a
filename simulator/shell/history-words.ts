/** The words of a line as history counts them. @source readline 8.2 histexpand.c, history_tokenize_word */

const DELIMITERS = " \t\n;&()|<>";
const QUOTES = "\"'`";

/** A line's words and operators, quotes left as they are. */
export function historyWords(line: string): string[] {
  const words: string[] = [];
  for (let at = 0; ; ) {
    while (at < line.length && " \t\n".includes(line[at]!)) at++;
    if (at >= line.length) return words;
    const end = wordEnd(line, at);
    words.push(line.slice(at, end));
    at = Math.max(end, at + 1);
  }
}

function wordEnd(line: string, start: number): number {
  let at = start;
  if ("()\n".includes(line[at]!)) return at + 1;
  const digits = /^\d+/.exec(line.slice(at, at + 12))?.[0].length ?? 0;
  if (digits > 0) {
    if (line[at + digits] !== "<" && line[at + digits] !== ">") return plainEnd(line, at + digits, "");
    at += digits;
  }
  const operator =
    /^(?:<<-|<<<|<<|>>|;;|&&|\|\||[<>]&\d*-?|&>|>\|)/.exec(line.slice(at, at + 12))?.[0] ??
    (/^[<>]\(/.test(line.slice(at, at + 2)) ? undefined : /^[<>;&|]/.exec(line[at]!)?.[0]);
  if (operator !== undefined) return at + operator.length;
  return plainEnd(line, at, "");
}

/** Where a word ends that may have quotes and substitutions in it. */
function plainEnd(line: string, start: number, quote: string): number {
  let at = start;
  let open = quote;
  let nested = 0;
  for (; at < line.length; at++) {
    const char = line[at]!;
    if (char === "\\" && open !== "'" && at + 1 < line.length) at++;
    else if (nested > 0) {
      if (char === "(") nested++;
      else if (char === ")") nested--;
    } else if (open) {
      if (char === open) open = "";
    } else if ("<>$!@?+*".includes(char) && line[at + 1] === "(") {
      nested = 1;
      at++;
    } else if (DELIMITERS.includes(char)) break;
    else if (QUOTES.includes(char)) open = char;
  }
  return Math.min(at, line.length);
}
