"use client";

/** Put the learner's lab, or one node of it, into another state, and tell how it went. */
import { useRouter } from "next/navigation";
import { useState } from "react";
import { useWords } from "../_words/words.tsx";
import { useChapter } from "./chapter-provider.tsx";
import type { Target } from "./lab-change-words.ts";

interface Answer {
  /** In the language of the page. */
  message?: string;
  inEnglish?: string;
  printed?: string;
}

export interface LabChanging {
  busy: boolean;
  /** `inEnglish`: what a node printed, or the lab's own words. */
  said: { text: string; inEnglish?: string | undefined; bad: boolean } | undefined;
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
      const answer = (await response.json().catch(() => ({}))) as Answer;
      if (response.ok) {
        setSaid({ text: words("lab.done"), inEnglish: answer.printed, bad: false });
        router.refresh();
      } else {
        const { message = words("lab.server-answered", { status: response.status }), inEnglish } = answer;
        setSaid({ text: message, inEnglish, bad: true });
      }
      return response.ok;
    } catch {
      setSaid({ text: words("lab.no-server"), bad: true });
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { busy, said, change };
}
