"use client";

import { useSyncExternalStore } from "react";
import { useCatalogue } from "../_words/words.tsx";

const never = () => () => {};

/** An instant in the reader's zone: `10:42`, with the date when it was not today. Empty until the zone is known. */
export function LocalTime({ ms, seconds = false }: { ms: number; seconds?: boolean }) {
  const locale = useCatalogue().checks.lists;
  const inBrowser = useSyncExternalStore(
    never,
    () => true,
    () => false,
  );
  return <time dateTime={new Date(ms).toISOString()}>{inBrowser ? timeIn(locale, ms, seconds) : ""}</time>;
}

function timeIn(locale: string, ms: number, seconds: boolean): string {
  const at = new Date(ms);
  const time = at.toLocaleTimeString(locale, {
    hour: "2-digit",
    minute: "2-digit",
    ...(seconds && { second: "2-digit" }),
  });
  if (at.toDateString() === new Date().toDateString()) return time;
  return `${at.toLocaleDateString(locale, { day: "numeric", month: "short" })}, ${time}`;
}
