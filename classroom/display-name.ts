/** A name as somebody wants to be called: one word and any script are fine. */

const charactersMost = 60;
/** Control characters, and marks that turn the direction of text around them. */
const unseen = /[\p{Cc}\p{Cs}\p{Co}\p{Cn}\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/gu;

/** @returns the name tidied up, or undefined when nothing that can be read is left or it is too long */
export function displayName(typed: string): string | undefined {
  const name = typed.normalize("NFC").replace(unseen, " ").replace(/\s+/g, " ").trim();
  return [...name].length <= charactersMost && /[\p{L}\p{N}\p{S}]/u.test(name) ? name : undefined;
}
