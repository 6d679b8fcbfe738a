"use client";

/** Said above the terminals of a class that records: what is kept, for how long, and the person's own switch. */
import { useEffect, useState } from "react";
import type { Recording } from "./use-recording.ts";
import { WhatIsKept } from "./what-is-kept.tsx";

export function RecordingNotice({ labId, recording }: { labId: string; recording: Recording }) {
  const { state, setOff, trouble } = recording;
  const [read, setRead] = useState(true);
  const key = `quorate-recording-read-${labId}`;
  useEffect(() => setRead(stored(key)), [key]);
  if (!state?.on) return null;
  if (state.off || read) {
    return (
      <p
        role="status"
        className="flex shrink-0 flex-wrap items-center gap-x-2 border-b border-rule bg-raised px-3 text-small"
      >
        <span className="grow py-1">
          {state.off
            ? "Your terminals are not recorded: you switched it off."
            : "Recorded: what your terminals print is kept."}
          {trouble && ` ${trouble}`}
        </span>
        {!state.off && (
          <button type="button" className="button button-bare" onClick={() => setRead(false)}>
            What is kept?
          </button>
        )}
        <button type="button" className="button button-bare" onClick={() => setOff(!state.off)}>
          {state.off ? "Record again" : "Do not record mine"}
        </button>
      </p>
    );
  }
  return (
    <section
      aria-label="Recording of terminals"
      className="shrink-0 border-b border-rule bg-raised px-3 py-2 text-small"
    >
      <p className="max-w-[75ch]">
        <strong>{state.className ?? "Your class"} records terminals.</strong> <WhatIsKept days={state.keptDays} />
      </p>
      {trouble && <p role="alert">{trouble}</p>}
      <p className="mt-1 flex flex-wrap gap-3">
        <button
          type="button"
          className="button"
          onClick={() => {
            store(key);
            setRead(true);
          }}
        >
          Understood
        </button>
        <button type="button" className="button" onClick={() => setOff(true)}>
          Do not record mine
        </button>
      </p>
    </section>
  );
}

function stored(key: string): boolean {
  try {
    return localStorage.getItem(key) !== null;
  } catch {
    return false;
  }
}

function store(key: string): void {
  try {
    localStorage.setItem(key, "1");
  } catch {
    // It is asked again on the next page.
  }
}
