/** Text so that a shell reads it back as it is, as `set`, `declare -p`, `printf %q` and `${x@Q}` print it. */

export function quoteForShell(text: string): string {
  if (/[\x00-\x1f\x7f]/.test(text)) return ansiQuoted(text);
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** As `set` prints a value: quotes only where needed. */
export function quoteIfNeeded(text: string): string {
  if (/[\x00-\x1f\x7f]/.test(text)) return ansiQuoted(text);
  return /^[A-Za-z0-9_./:=@%+,-]*$/.test(text) ? text : quoteForShell(text);
}

/** As `printf %q` does: backslashes before what is special. */
export function backslashQuoted(text: string): string {
  if (text === "") return "''";
  if (/[\x00-\x1f\x7f]/.test(text)) return ansiQuoted(text);
  return text.replace(/^[~#]|[^A-Za-z0-9_./:=@%+~#\u0080-\u{10ffff}-]/gu, "\\$&");
}

/** As `declare -p` does: in double quotes. */
export function doubleQuoted(text: string): string {
  if (/[\x00-\x1f\x7f]/.test(text)) return ansiQuoted(text);
  return `"${text.replace(/[\\"$`]/g, "\\$&")}"`;
}

function ansiQuoted(text: string): string {
  const named: Record<string, string> = {
    "\n": "\\n",
    "\t": "\\t",
    "\r": "\\r",
    "\x1b": "\\E",
    "\x07": "\\a",
    "\b": "\\b",
  };
  const body = text.replace(/[\x00-\x1f\x7f'\\]/g, (char) =>
    char === "'" || char === "\\"
      ? `\\${char}`
      : (named[char] ?? `\\${char.charCodeAt(0).toString(8).padStart(3, "0")}`),
  );
  return `$'${body}'`;
}
