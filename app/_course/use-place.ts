"use client";

/** Which step is on screen, told to the server so that the learner comes back to it. */
import { type RefObject, useEffect, useState } from "react";
import type { ChapterView } from "./chapter-view.ts";
import { pageOutbox } from "./later.ts";

/** How long a step must stay on screen before it counts as the place to come back to. */
const SETTLED_MS = 1_500;

/**
 * On arrival goes to the step of the last visit, unless the address names a place.
 *
 * @param scroller the element that scrolls the text
 */
export function usePlace(chapter: ChapterView, scroller: RefObject<HTMLElement | null>): string | undefined {
  const [stepId, setStepId] = useState<string>();
  const { courseId, chapterId, place } = chapter;

  useEffect(() => {
    const id = location.hash === "" ? place && `step-${place}` : decodeURIComponent(location.hash.slice(1));
    const target = id ? document.getElementById(id) : null;
    const root = scroller.current;
    if (target === null || root === null) return;
    const arrive = () => target.scrollIntoView({ block: "start", behavior: "instant" });
    arrive();
    // The faces of the text arrive later and move it; whoever has scrolled meanwhile is left alone.
    const arrivedAt = root.scrollTop;
    document.fonts.ready.then(() => {
      if (Math.abs(root.scrollTop - arrivedAt) < 4) arrive();
    });
  }, [place, scroller]);

  useEffect(() => {
    const root = scroller.current;
    if (root === null) return;
    const look = () => {
      // The step whose head has passed the upper third is the one being read.
      const line = root.getBoundingClientRect().top + root.clientHeight / 3;
      const passed = [...root.querySelectorAll<HTMLElement>("[data-step]")].filter(
        (step) => step.getBoundingClientRect().top < line,
      );
      setStepId(passed.at(-1)?.dataset.step);
    };
    look();
    root.addEventListener("scroll", look, { passive: true });
    return () => root.removeEventListener("scroll", look);
  }, [scroller]);

  useEffect(() => {
    const timer = setTimeout(
      () =>
        void pageOutbox().post(
          "/api/position",
          { course: courseId, chapter: chapterId, step: stepId ?? null },
          { replaces: `position ${courseId}` },
        ),
      SETTLED_MS,
    );
    return () => clearTimeout(timer);
  }, [courseId, chapterId, stepId]);

  return stepId;
}
