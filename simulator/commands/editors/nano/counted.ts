/** How nano says how many there are. */

/** `1 line`, `3 lines`. */
export function counted(count: number, one: string): string {
  return `${count} ${count === 1 ? one : `${one}s`}`;
}

/** What is told of a text that was read: its lines, one without a newline at its end as well. */
export function linesRead(text: string): string {
  const count = text === "" ? 0 : text.split("\n").length - (text.endsWith("\n") ? 1 : 0);
  return `Read ${counted(count, "line")}`;
}
