"use client";

/** Put the learner's lab, or one node of it, into another state, and tell how it went. */
import { useRouter } from "next/navigation";
import { useState } from "react";
import { useWords } from "../_words/words.tsx";
import { useChapter } from "./chapter-provider.tsx";
import type { Target } from "./lab-change-words.ts";

export interface LabChanging {
  busy: boolean;
  said: { text: string; bad: boolean } | undefined;
  /** @param node undefined for the whole lab @returns whether it was done */
  change(target: Target, node?: string): Promise<boolean>;
}

export function useLabChange(): LabChanging {
  const { chapter } = useChapter();
  const router = useRouter();
  const words = useWords();
  const [busy, setBusy] = useState(false);
  const [said, setSaid] = useState<LabChanging["said"]>();

  const change = async (target: Target, node?: string) => {
    setBusy(true);
    setSaid({ text: words("lab.preparing"), bad: false });
    try {
      const response = await fetch("/api/lab-state", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ course: chapter.courseId, chapter: chapter.chapterId, ...target, node }),
      });
      const answer = (await response.json().catch(() => ({}))) as { message?: string; printed?: string };
      if (!response.ok) throw new Error(answer.message ?? words("lab.server-answered", { status: response.status }));
      const output = answer.printed === undefined ? "" : `\n${answer.printed}`;
      setSaid({ text: `${words("lab.done")}${output}`, bad: false });
      router.refresh();
      return true;
    } catch (error) {
      const offline = error instanceof TypeError;
      const reason = offline ? words("lab.no-server") : String((error as Error).message);
      setSaid({ text: reason, bad: true });
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { busy, said, change };
}
