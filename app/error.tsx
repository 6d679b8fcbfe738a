"use client";

import { useWords } from "./_words/words.tsx";
import { woven } from "./_words/woven.tsx";

/** A page that could not be made. Says what holds, what to do, and the number under which the log has it. */
export default function PageError({ error }: { error: Error & { digest?: string } }) {
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
      {/* Whoever writes a chapter reads here what is wrong with it, and where. Nobody else's server tells it to the page. */}
      {process.env.NODE_ENV !== "production" && (
        <pre lang="en" className="mt-4 border-l-2 border-notyet pl-3 font-mono text-code whitespace-pre-wrap">
          {error.message}
        </pre>
      )}
      <p className="mt-6">
        {/* What the server could not make it has to make anew; drawing again what came of it would show this page. */}
        <button type="button" className="button button-lead" onClick={() => location.reload()}>
          {words("desk.try-again")}
        </button>
      </p>
    </main>
  );
}
