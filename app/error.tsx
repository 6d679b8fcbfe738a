"use client";

/** A page that could not be made. Says what holds, what to do, and the number under which the log has it. */
export default function PageError({ error, reset }: { error: Error & { digest?: string }; reset: () => void }) {
  return (
    <main className="mx-auto w-full max-w-[60ch] px-4 py-12">
      <h1 className="text-title">This page could not be made</h1>
      <p className="mt-4 text-body">
        The server met an error while it made the page. Your lab and your progress are not touched. Try again; if it
        happens again, look at the log of <code>npm start</code>
        {error.digest !== undefined && (
          <>
            {" "}
            for <code>{error.digest}</code>
          </>
        )}
        .
      </p>
      <p className="mt-6">
        <button type="button" className="button button-lead" onClick={reset}>
          Try again
        </button>
      </p>
    </main>
  );
}
