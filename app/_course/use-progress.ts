"use client";

/** A chapter's verdicts as they arrive, and the button that asks for them now, for React. */
import { useCallback, useEffect, useMemo, useState } from "react";
import { pageConnection, useConnection } from "../_terminal/connection.ts";
import { ChapterFeed, type FeedState } from "./chapter-feed.ts";
import type { ChapterView } from "./chapter-view.ts";

export interface LiveProgress extends FeedState {
  connection: "connecting" | "live" | "lost" | "no-lab";
  check(step?: string): void;
}

export function useProgress(chapter: ChapterView): LiveProgress {
  const { labId, courseId, chapterId } = chapter;
  const connected = useConnection().kind;
  const [feed, setFeed] = useState<ChapterFeed>();
  const [state, setState] = useState<FeedState>(() => ({
    ...{ steps: chapter.progress, looking: false },
    ...{ checking: undefined, turnAtMs: undefined, refusal: undefined },
  }));

  // biome-ignore lint/correctness/useExhaustiveDependencies: what was stored when the page was made is only where it begins
  useEffect(() => {
    if (labId === undefined) return;
    const { socket } = pageConnection();
    const started = new ChapterFeed(socket, { labId, chapter: `${courseId}/${chapterId}` }, chapter.progress);
    const leave = started.subscribe(() => setState(started.state));
    setState(started.state);
    started.start();
    setFeed(started);
    return () => {
      leave();
      started.stop();
    };
  }, [labId, courseId, chapterId]);

  const check = useCallback((step?: string) => feed?.check(step), [feed]);
  const connection = labId === undefined ? "no-lab" : connectionWord(connected);
  return useMemo(() => ({ ...state, connection, check }), [state, connection, check]);
}

function connectionWord(kind: "connecting" | "connected" | "offline" | "refused"): "connecting" | "live" | "lost" {
  if (kind === "connected") return "live";
  return kind === "connecting" ? "connecting" : "lost";
}
