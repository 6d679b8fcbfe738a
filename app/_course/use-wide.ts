"use client";

import { useSyncExternalStore } from "react";

/** As `--breakpoint-wide` in globals.css. */
const WIDE = "(min-width: 56.25rem)";

/** Whether text and terminals stand side by side. The server does not know, and says no. */
export function useWide(): boolean {
  return useSyncExternalStore(
    (changed) => {
      const query = window.matchMedia(WIDE);
      query.addEventListener("change", changed);
      return () => query.removeEventListener("change", changed);
    },
    isWide,
    () => false,
  );
}

export function isWide(): boolean {
  return typeof window !== "undefined" && window.matchMedia(WIDE).matches;
}
