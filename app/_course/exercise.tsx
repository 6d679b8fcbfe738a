"use client";

/** The exercise as a whole: its start, the time, the score, and the way to the record. */
import { useEffect, useState } from "react";
import { LocalTime } from "../_components/local-time.tsx";
import { useChapter } from "./chapter-provider.tsx";
import { duration, percent, scoreNow } from "./exercise-words.ts";
import { type AskedChange, LabChangeDialog } from "./lab-change-dialog.tsx";
import { useLabChange } from "./use-lab-change.ts";

export function Exercise() {
  const { chapter, steps } = useChapter();
  const { busy, said, change } = useLabChange();
  const [asked, setAsked] = useState<AskedChange>();
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
  const best = passedAtMs === undefined ? Math.max(exercise.score, begun ? now : 0) : 1;

  return (
    <section aria-label="Your exercise" className="my-6 border border-edge bg-raised px-4 py-3 text-ui">
      <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1">
        <dt className="text-quiet">Begun</dt>
        <dd>
          {exercise.begunAtMs === undefined ? (
            "not yet"
          ) : (
            <>
              <LocalTime ms={exercise.begunAtMs} />
              {exercise.timesBegun > 1 && `, for the ${ordinal(exercise.timesBegun)} time`}
            </>
          )}
        </dd>
        <dt className="text-quiet">Time</dt>
        <dd>
          {passedAtMs !== undefined ? (
            tookMs === undefined ? (
              "not measured"
            ) : (
              duration(tookMs)
            )
          ) : exercise.begunAtMs === undefined ? (
            "runs from the start"
          ) : (
            <Running sinceMs={exercise.begunAtMs} />
          )}
        </dd>
        <dt className="text-quiet">Score</dt>
        <dd>
          <strong className="font-semibold">{percent(best)}</strong>
          {passedAtMs === undefined && begun && now < best && (
            <span className="text-quiet"> at best; {percent(now)} now</span>
          )}
        </dd>
      </dl>
      {passedAtMs !== undefined && (
        <p className="!mt-2 !mb-0">
          The cluster was healthy at <LocalTime ms={passedAtMs} />. It stands in{" "}
          <a className="link" href={`/learn/${chapter.courseId}/record`}>
            your record of this course
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
                title: begun ? "Begin again, with the same faults?" : "Begin the exercise?",
                action: begun ? "Begin again" : "Begin now",
              })
            }
          >
            {begun ? "Begin again" : "Begin the exercise"}
          </button>
        </p>
      )}
      {said && (
        <p
          role={said.bad ? "alert" : "status"}
          className={`!mt-2 !mb-0 whitespace-pre-line ${said.bad ? "text-notyet" : "text-quiet"}`}
        >
          {said.text}
        </p>
      )}
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
  const [nowMs, setNowMs] = useState<number>();
  useEffect(() => {
    const tick = () => setNowMs(Date.now());
    tick();
    const timer = setInterval(tick, 10_000);
    return () => clearInterval(timer);
  }, []);
  return (
    <span className="tabular-nums">
      {nowMs === undefined ? "" : `${duration(Math.max(0, nowMs - sinceMs))} so far`}
    </span>
  );
}

function ordinal(count: number): string {
  const endings: Record<string, string> = { one: "st", two: "nd", few: "rd", other: "th" };
  return `${count}${endings[new Intl.PluralRules("en", { type: "ordinal" }).select(count)] ?? "th"}`;
}
