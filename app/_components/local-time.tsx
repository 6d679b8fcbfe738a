"use client";

import { useSyncExternalStore } from "react";

const never = () => () => {};

/** An instant in the reader's zone: `10:42`, with the date when it was not today. Empty until the zone is known. */
export function LocalTime({ ms, seconds = false }: { ms: number; seconds?: boolean }) {
  const inBrowser = useSyncExternalStore(
    never,
    () => true,
    () => false,
  );
  return <time dateTime={new Date(ms).toISOString()}>{inBrowser ? words(ms, seconds) : ""}</time>;
}

function words(ms: number, seconds: boolean): string {
  const at = new Date(ms);
  const time = at.toLocaleTimeString("en-GB", {
    hour: "2-digit",
    minute: "2-digit",
    ...(seconds && { second: "2-digit" }),
  });
  if (at.toDateString() === new Date().toDateString()) return time;
  return `${at.toLocaleDateString("en-GB", { day: "numeric", month: "short" })}, ${time}`;
}
