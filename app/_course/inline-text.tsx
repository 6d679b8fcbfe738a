import type { ReactNode } from "react";

/** A sentence of an author's with `code` in it. */
export function InlineText({ text }: { text: string }): ReactNode {
  return text.split("`").map((part, index) =>
    // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a sentence never move
    index % 2 === 1 ? <code key={index}>{part}</code> : part,
  );
}
