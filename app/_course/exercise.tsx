"use client";

/** The exercise as a whole: its start, the time, the score, and the way to the record. */
import { useEffect, useState } from "react";
import { LocalTime } from "../_components/local-time.tsx";
import { useCatalogue, useWords } from "../_words/words.tsx";
import { woven } from "../_words/woven.tsx";
import { useChapter } from "./chapter-provider.tsx";
import { duration, percent, scoreNow } from "./exercise-words.ts";
import { type AskedChange, LabChangeDialog } from "./lab-change-dialog.tsx";
import { LabChangeSaid } from "./lab-change-said.tsx";
import { useLabChange } from "./use-lab-change.ts";

export function Exercise() {
  const { chapter, steps } = useChapter();
  const { busy, said, change } = useLabChange();
  const [asked, setAsked] = useState<AskedChange>();
  const words = useWords();
  const { language } = useCatalogue();
  const { exercise } = chapter;
  if (exercise === undefined) return null;
  const passedAtMs =
    steps.length > 0 && steps.every((step) => step.passedAtMs !== undefined)
      ? Math.max(...steps.map((step) => step.passedAtMs ?? 0))
      : undefined;
  const begun = exercise.begunAtMs !== undefined;
  const tookMs =
    exercise.tookMs ??
    (passedAtMs !== undefined && exercise.begunAtMs !== undefined ? passedAtMs - exercise.begunAtMs : undefined);
  const now = scoreNow(steps);
  const inItsLanguage = (inner: string) => <span lang={chapter.stage?.language}>{inner}</span>;
  const best = passedAtMs === undefined ? Math.max(exercise.score, begun ? now : 0) : 1;

  return (
    <section
      aria-label={words("exercise.yours")}
      lang={language}
      className="print-whole my-6 border border-edge bg-raised px-4 py-3 text-ui"
    >
      <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1">
        <dt className="text-quiet">{words("exercise.begun")}</dt>
        <dd>
          {exercise.begunAtMs === undefined ? (
            words("exercise.not-yet")
          ) : (
            <>
              <LocalTime ms={exercise.begunAtMs} />
              {exercise.timesBegun > 1 && ` ${words("exercise.times", { count: exercise.timesBegun })}`}
            </>
          )}
        </dd>
        <dt className="text-quiet">{words("exercise.time")}</dt>
        <dd>
          {passedAtMs !== undefined ? (
            tookMs === undefined ? (
              words("exercise.not-measured")
            ) : (
              duration(words, tookMs)
            )
          ) : exercise.begunAtMs === undefined ? (
            words("exercise.runs-from")
          ) : (
            <Running sinceMs={exercise.begunAtMs} />
          )}
        </dd>
        <dt className="text-quiet">{words("exercise.score")}</dt>
        <dd>
          <strong className="font-semibold">{percent(best)}</strong>
          {passedAtMs === undefined && begun && now < best && (
            <span className="text-quiet"> {words("exercise.at-best", { now: percent(now) })}</span>
          )}
        </dd>
      </dl>
      {passedAtMs !== undefined && (
        <p className="!mt-2 !mb-0">
          {words("exercise.healthy-at")} <LocalTime ms={passedAtMs} />. {words("exercise.stands-in")}{" "}
          <a className="link" href={`/learn/${chapter.courseId}/record`}>
            {words("exercise.record")}
          </a>
          .
        </p>
      )}
      {chapter.canChangeState && (
        <p className="no-print !mt-3 !mb-0">
          <button
            type="button"
            className={begun ? "button" : "button button-lead"}
            disabled={busy}
            onClick={() =>
              setAsked({
                target: { to: "chapter" },
                title: words(begun ? "exercise.again-ask" : "exercise.begin-ask"),
                ...(chapter.stage && {
                  about: woven((values) => words("lab.will-be", values), [inItsLanguage], {
                    start: chapter.stage.title,
                  }),
                }),
                action: words(begun ? "exercise.again" : "exercise.begin-now"),
              })
            }
          >
            {words(begun ? "exercise.again" : "exercise.begin")}
          </button>
        </p>
      )}
      <LabChangeSaid said={said} className="!mt-2 !mb-0" />
      <LabChangeDialog
        asked={asked}
        onAnswer={(yes) => {
          setAsked(undefined);
          if (yes && asked) void change(asked.target);
        }}
      />
    </section>
  );
}

/** Minutes since the start, by this computer's clock: the stored time is the server's. */
function Running({ sinceMs }: { sinceMs: number }) {
  const words = useWords();
  const [nowMs, setNowMs] = useState<number>();
  useEffect(() => {
    const tick = () => setNowMs(Date.now());
    tick();
    const timer = setInterval(tick, 10_000);
    return () => clearInterval(timer);
  }, []);
  return (
    <span className="tabular-nums">
      {nowMs === undefined ? "" : words("exercise.so-far", { duration: duration(words, Math.max(0, nowMs - sinceMs)) })}
    </span>
  );
}
