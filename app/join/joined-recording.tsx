"use client";

/** Said to whoever has just joined a class that records: what is kept, and the way out before anything is. */
import { useState } from "react";
import { pageConnection } from "../_terminal/connection.ts";
import { WhatIsKept } from "../_terminal/what-is-kept.tsx";
import { usePageWords } from "../_words/page-words.tsx";

const ANSWER_WITHIN_MS = 10_000;

export function JoinedRecording({ classId, keptDays }: { classId: string; keptDays: number }) {
  const words = usePageWords();
  const [state, setState] = useState<"recorded" | "busy" | "declined" | "failed">("recorded");
  const decline = () => {
    setState("busy");
    const { socket } = pageConnection();
    socket.timeout(ANSWER_WITHIN_MS).emit("recording:decline", { classId }, (late, reply) => {
      setState(!late && reply.ok ? "declined" : "failed");
    });
  };
  return (
    <section aria-label={words("recording.of-terminals")} className="mt-5 border-l-2 border-accent pl-3">
      {state === "declined" ? (
        <p>{words("join.not-recorded")}</p>
      ) : (
        <>
          <p>
            <strong>{words("recording.this-class")}</strong> <WhatIsKept days={keptDays} />
          </p>
          <p className="mt-2 flex flex-wrap items-center gap-3">
            <button type="button" className="button" disabled={state === "busy"} onClick={decline}>
              {words("recording.not-mine")}
            </button>
            <span className="text-quiet">{words("join.change-later")}</span>
          </p>
          {state === "failed" && (
            <p role="alert" className="mt-2">
              {words("join.decline-failed")}
            </p>
          )}
        </>
      )}
    </section>
  );
}
