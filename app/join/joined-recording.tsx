"use client";

/** Said to whoever has just joined a class that records: what is kept, and the way out before anything is. */
import { useState } from "react";
import { pageConnection } from "../_terminal/connection.ts";
import { WhatIsKept } from "../_terminal/what-is-kept.tsx";

const ANSWER_WITHIN_MS = 10_000;

export function JoinedRecording({ classId, keptDays }: { classId: string; keptDays: number }) {
  const [state, setState] = useState<"recorded" | "busy" | "declined" | "failed">("recorded");
  const decline = () => {
    setState("busy");
    const { socket } = pageConnection();
    socket.timeout(ANSWER_WITHIN_MS).emit("recording:decline", { classId }, (late, reply) => {
      setState(!late && reply.ok ? "declined" : "failed");
    });
  };
  return (
    <section aria-label="Recording of terminals" className="mt-5 border-l-2 border-accent pl-3">
      {state === "declined" ? (
        <p>Your terminals are not recorded. You can change that above them at any time.</p>
      ) : (
        <>
          <p>
            <strong>This class records terminals.</strong> <WhatIsKept days={keptDays} />
          </p>
          <p className="mt-2 flex flex-wrap items-center gap-3">
            <button type="button" className="button" disabled={state === "busy"} onClick={decline}>
              Do not record mine
            </button>
            <span className="text-quiet">You can change it above your terminals later.</span>
          </p>
          {state === "failed" && (
            <p role="alert" className="mt-2">
              That could not be changed now. Try again, or switch it off above your terminals before you type.
            </p>
          )}
        </>
      )}
    </section>
  );
}
