"use client";

import { useChapter } from "./chapter-provider.tsx";

/** One of the learner's own values, such as the name of their cluster. */
export function Value({ name }: { name: string }) {
  const { chapter } = useChapter();
  const value = chapter.values[name];
  return <code className="!text-accent">{value ?? `(${name})`}</code>;
}
