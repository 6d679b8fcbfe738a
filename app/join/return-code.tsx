"use client";

import { usePageWords } from "../_words/page-words.tsx";
import { woven } from "../_words/woven.tsx";

/** The code for another device, and its link. */
export function ReturnCode({ code }: { code: string }) {
  const words = usePageWords();
  const address = `${window.location.origin}/return`;
  return (
    <section aria-label={words("return.code")} className="mt-5 border-y border-rule py-4">
      <p>{words("return.keep")}</p>
      <p className="my-3 font-mono text-section">{code}</p>
      <p className="text-quiet">
        {woven(
          (values) => words("return.type-at", values),
          [
            (inner) => <span className="font-mono [overflow-wrap:anywhere]">{inner}</span>,
            (inner) => (
              <a className="link" href={`${address}#${code}`}>
                {inner}
              </a>
            ),
          ],
          { address },
        )}
      </p>
    </section>
  );
}
