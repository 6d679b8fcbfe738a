"use client";

/** Said above the terminals of a class that records: what is kept, for how long, and the person's own switch. */
import { useEffect, useState } from "react";
import { useWords } from "../_words/words.tsx";
import type { Recording } from "./use-recording.ts";
import { WhatIsKept } from "./what-is-kept.tsx";

export function RecordingNotice({ labId, recording }: { labId: string; recording: Recording }) {
  const { state, setOff, trouble } = recording;
  const words = useWords();
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
          {words(state.off ? "recording.off" : "recording.on")}
          {trouble && ` ${trouble}`}
        </span>
        {!state.off && (
          <button type="button" className="button button-bare" onClick={() => setRead(false)}>
            {words("recording.what")}
          </button>
        )}
        <button type="button" className="button button-bare" onClick={() => setOff(!state.off)}>
          {words(state.off ? "recording.again" : "recording.not-mine")}
        </button>
      </p>
    );
  }
  return (
    <section
      aria-label={words("recording.of-terminals")}
      className="shrink-0 border-b border-rule bg-raised px-3 py-2 text-small"
    >
      <p className="max-w-[75ch]">
        <strong>{words("recording.records", { name: state.className ?? words("recording.your-class") })}</strong>{" "}
        <WhatIsKept days={state.keptDays} />
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
          {words("recording.understood")}
        </button>
        <button type="button" className="button" onClick={() => setOff(true)}>
          {words("recording.not-mine")}
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
