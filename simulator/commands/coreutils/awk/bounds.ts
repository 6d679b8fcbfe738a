/** What one awk program may hold, so that it does not hold up the others of its lab. */
import { AwkError } from "./program.ts";

/** Characters of one string. */
export const TEXT_MAX = 2 << 20;

/** @throws AwkError when the text is longer than a string may be */
export function bounded(text: string): string {
  if (text.length > TEXT_MAX) throw tooLongText();
  return text;
}

export function tooLongText(): AwkError {
  return new AwkError(
    `out of memory: a string of more than ${TEXT_MAX >> 20} MiB is not modelled in this simulated node`,
  );
}
