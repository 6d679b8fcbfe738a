"use client";

/**
 * A question in the text. What is right is known to the server alone: the answer is sent, and what comes back says why.
 *
 * A prediction (`after` names a step) is kept without a word; when the lab has passed that step, it is judged.
 */
import { createContext, type FormEvent, type ReactNode, useContext, useEffect, useId, useState } from "react";
import type { GivenAnswer, JudgedAnswer } from "../../content/pipeline/judge-answer.ts";
import { VerdictMark } from "../_components/verdict-mark.tsx";
import { useCatalogue, useSentence, useWords } from "../_words/words.tsx";
import { useChapter } from "./chapter-provider.tsx";
import { InlineText } from "./inline-text.tsx";
import { pageOutbox } from "./later.ts";

interface Asked {
  name: string;
  several: boolean;
  chosen: ReadonlySet<number>;
  choose(index: number): void;
  noteOf(index: number): { right: boolean; text: string } | undefined;
}

const Context = createContext<Asked | undefined>(undefined);

export function Question(props: {
  id: string;
  title: string;
  kind?: string;
  after?: string;
  unit?: string;
  children?: ReactNode;
}) {
  const { id, title, kind = "one", after, unit, children } = props;
  const name = useId();
  const words = useWords();
  const sentence = useSentence();
  const { language } = useCatalogue();
  const { chapter, progressOf } = useChapter();
  const stored = chapter.answers[id];
  const [chosen, setChosen] = useState<ReadonlySet<number>>(
    () => new Set(stored && "choices" in stored.given ? stored.given.choices : []),
  );
  const [typed, setTyped] = useState(stored && "number" in stored.given ? String(stored.given.number) : "");
  const [judged, setJudged] = useState<JudgedAnswer>();
  const [trouble, setTrouble] = useState<string>();
  const [busy, setBusy] = useState(false);
  const given: GivenAnswer | undefined =
    kind === "number"
      ? typed.trim() === "" || Number.isNaN(Number(typed.replace(",", ".")))
        ? undefined
        : { number: Number(typed.replace(",", ".")) }
      : chosen.size > 0
        ? { choices: [...chosen].sort((a, b) => a - b) }
        : undefined;
  const outcome = judged?.outcome ?? stored?.outcome;
  const stepPassed = after !== undefined && progressOf(after)?.passedAtMs !== undefined;

  const send = async (again: boolean, answer: GivenAnswer | undefined) => {
    if (answer === undefined) return;
    setBusy(true);
    setTrouble(undefined);
    try {
      const body = {
        ...{ course: chapter.courseId, chapter: chapter.chapterId, question: id, given: answer },
        ...{ again, language: chapter.language },
      };
      const held = () => setTrouble(words("answer.no-connection"));
      const response = await pageOutbox().post("/api/answers", body, { held });
      const said = (await response.json().catch(() => ({}))) as JudgedAnswer & { message?: string };
      if (response.ok) {
        setJudged(said);
        setTrouble(undefined);
      } else setTrouble(said.message ?? words("answer.not-taken"));
    } finally {
      setBusy(false);
    }
  };

  // What was answered before is explained again; a prediction is judged when its step has passed.
  // biome-ignore lint/correctness/useExhaustiveDependencies: only the pass and the stored answer bring it about
  useEffect(() => {
    if (stored !== undefined && judged === undefined) void send(true, stored.given);
    else if (stepPassed && judged?.outcome === "recorded") void send(true, given);
  }, [stepPassed]);

  const asked: Asked = {
    name,
    several: kind === "several",
    chosen,
    choose: (index) => {
      setJudged(undefined);
      setChosen((now) => {
        if (kind !== "several") return new Set([index]);
        const next = new Set(now);
        if (!next.delete(index)) next.add(index);
        return next;
      });
    },
    noteOf: (index) => judged?.notes.find((note) => note.choice === index),
  };
  const whole = judged?.notes.filter(({ choice }) => choice === undefined || choice < 0) ?? [];
  // Only while the lab is as the question has it: later it says something else, and that answers another question.
  const labNow = stepPassed && judged?.outcome !== "recorded" ? progressOf(after as string)?.checks : undefined;
  const lab = labNow?.every((check) => check.outcome === "passed") ? labNow : undefined;

  return (
    <form
      className="my-6 border-y border-rule py-3 text-ui"
      data-question={id}
      data-outcome={outcome ?? "open"}
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        void send(false, given);
      }}
    >
      <fieldset>
        <legend className="mb-1 flex items-baseline gap-2 font-semibold">
          <span lang={language} className="shrink-0 font-normal text-quiet">
            {words(after === undefined ? "answer.question" : "answer.prediction")}
          </span>
          <span>
            <InlineText text={title} />
          </span>
        </legend>
        {kind === "several" && (
          <p lang={language} className="!my-1 text-small text-quiet">
            {words("answer.several")}
          </p>
        )}
        {kind === "number" ? (
          <label className="flex items-center gap-2 py-1">
            <span className="sr-only" lang={language}>
              {words("answer.number")}
            </span>
            <input
              className="min-h-9 w-28 rounded-sm border border-edge bg-paper px-2 font-mono"
              inputMode="decimal"
              value={typed}
              onChange={(event) => {
                setTyped(event.currentTarget.value);
                setJudged(undefined);
              }}
            />
            {unit}
          </label>
        ) : (
          <Context value={asked}>{children}</Context>
        )}
      </fieldset>
      <div lang={language} className="no-print mt-2 flex flex-wrap items-center gap-3">
        <button type="submit" className="button" disabled={given === undefined || busy}>
          {words(after !== undefined && !stepPassed ? "answer.keep" : "answer.answer")}
        </button>
        <span role="status" className="flex items-center gap-1.5">
          {outcome === "right" && <VerdictMark state="passed" size={14} />}
          {outcome === "wrong" && <VerdictMark state="not-yet" size={14} />}
          <span className={outcome === "right" ? "text-passed" : outcome === "wrong" ? "text-notyet" : "text-quiet"}>
            {trouble ?? (outcome === undefined ? "" : words(`answer.${outcome}`))}
          </span>
        </span>
      </div>
      {whole.map((note) => (
        <p key={note.text} className="!mt-2 !mb-0 max-w-[60ch]">
          <InlineText text={note.text} />
        </p>
      ))}
      {lab && lab.length > 0 && (
        <p lang={language} className="!mt-2 !mb-0 max-w-[60ch] text-quiet">
          {words("answer.your-lab")} {lab.map((check) => sentence(check.message)).join(" ")}
        </p>
      )}
    </form>
  );
}

/** One of a question's choices; `index` is set by the pipeline. */
export function Choice({ index = "0", children }: { index?: string; children?: ReactNode }) {
  const asked = useContext(Context);
  if (asked === undefined) return null;
  const at = Number(index);
  const note = asked.noteOf(at);
  return (
    <div className="py-0.5">
      <label className="flex items-baseline gap-2.5 py-1 [&_p]:!my-0">
        <input
          type={asked.several ? "checkbox" : "radio"}
          name={asked.name}
          className="relative top-0.5 size-4 shrink-0 accent-accent"
          checked={asked.chosen.has(at)}
          onChange={() => asked.choose(at)}
        />
        <span>{children}</span>
      </label>
      {note && (
        <p className="!my-0 ml-6.5 max-w-[58ch] border-l border-edge pl-3 text-quiet">
          <strong className={note.right ? "text-passed" : "text-notyet"}>{note.right ? "✓" : "–"}</strong>{" "}
          <InlineText text={note.text} />
        </p>
      )}
    </div>
  );
}
