"use client";

import { useEffect, useState } from "react";

/** Whole seconds until an instant of this computer's clock, counting down; undefined when it is over or there is none. */
export function useSecondsUntil(atMs: number | undefined): number | undefined {
  const [nowMs, setNowMs] = useState(() => Date.now());
  useEffect(() => {
    if (atMs === undefined) return;
    setNowMs(Date.now());
    const timer = setInterval(() => setNowMs(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, [atMs]);
  return atMs === undefined || atMs <= nowMs ? undefined : Math.ceil((atMs - nowMs) / 1_000);
}
