"use client";

import { useWords } from "./_words/words.tsx";
import { woven } from "./_words/woven.tsx";

/** A page that could not be made. Says what holds, what to do, and the number under which the log has it. */
export default function PageError({ error, reset }: { error: Error & { digest?: string }; reset: () => void }) {
  const words = useWords();
  const code = (inner: string) => <code>{inner}</code>;
  const { digest } = error;
  return (
    <main className="mx-auto w-full max-w-[60ch] px-4 py-12">
      <h1 className="text-title">{words("error.title")}</h1>
      <p className="mt-4 text-body">
        {digest === undefined
          ? woven((values) => words("error.text", values), [code])
          : woven((values) => words("error.text-for", values), [code, code], { digest })}
      </p>
      <p className="mt-6">
        <button type="button" className="button button-lead" onClick={reset}>
          {words("desk.try-again")}
        </button>
      </p>
    </main>
  );
}
