/** A sentence in which links and the like are set: what its string has between `<` and `>`, in their order. */
import { Fragment, type ReactNode } from "react";
import type { Values } from "./catalogue.ts";

/** Stand in for the marks in a value, which is nobody's mark-up. */
const [OPEN, CLOSE] = ["\ue000", "\ue001"];

/**
 * @param said the string's words; it gets the values
 * @param parts what becomes of each marked piece, in the order of the string
 */
export function woven(
  said: (values: Values) => string,
  parts: readonly ((inner: string) => ReactNode)[],
  values: Values = {},
): ReactNode {
  const safe = Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      typeof value === "string" ? value.replaceAll("<", OPEN).replaceAll(">", CLOSE) : value,
    ]),
  );
  const plain = (text: string) => text.replaceAll(OPEN, "<").replaceAll(CLOSE, ">");
  return said(safe)
    .split(/<([^<>]*)>/)
    .map((piece, at) => {
      const part = at % 2 === 1 ? parts[(at - 1) / 2] : undefined;
      // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of a sentence never move
      return <Fragment key={at}>{part ? part(plain(piece)) : plain(piece)}</Fragment>;
    });
}
