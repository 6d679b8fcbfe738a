"use client";

/** One check where the work is: its verdict, what was seen against what was expected, and what to try next. */
import { ChevronRight } from "lucide-react";
import { Collapsible } from "radix-ui";
import { type ReactNode, useState } from "react";
import type { CheckResult } from "../../gateway/protocol.ts";
import { LocalTime } from "../_components/local-time.tsx";
import { VerdictMark } from "../_components/verdict-mark.tsx";
import { useCatalogue, useSentence, useWords } from "../_words/words.tsx";
import { useChapter } from "./chapter-provider.tsx";
import { checkId } from "./verdicts.ts";

/** `step` is set by the pipeline; the children say in words what is true when the check passes. */
export function Check({ id, step, children }: { id: string; step?: string; children?: ReactNode }) {
  const { progressOf, stepInHand } = useChapter();
  const words = useWords();
  const { language } = useCatalogue();
  const progress = step === undefined ? undefined : progressOf(step);
  const result = progress?.checks.find((check) => checkId(check) === id);
  const inHand = stepInHand === step;
  const [chosen, choose] = useState<boolean>();
  const open = chosen ?? (inHand && result !== undefined && result.outcome !== "passed");
  const state = result?.outcome ?? "unchecked";
  // A pass stays: what is not so any more is told, and asks for nothing.
  const bygone = progress?.passedAtMs !== undefined && state === "not-yet";

  return (
    <Collapsible.Root open={open} onOpenChange={choose} asChild>
      <section className="border-b border-rule text-ui first-of-type:border-t" data-check={id} data-state-is={state}>
        <Collapsible.Trigger
          className="group flex w-full flex-wrap items-baseline gap-x-2 py-2 wide:flex-nowrap text-left hover:text-accent"
          disabled={result === undefined}
        >
          <span className="relative top-0.5">
            <VerdictMark state={state} quiet={bygone} />
          </span>
          <span
            lang={language}
            className={`grow wide:w-28 wide:shrink-0 wide:grow-0 ${bygone ? "text-quiet" : `font-semibold ${wordColours[state]}`}`}
          >
            {words(bygone ? "state.not-now" : `state.${state}`)}
          </span>
          <span className="max-wide:order-last max-wide:basis-full max-wide:pl-6 wide:grow">{children}</span>
          {result && (
            <ChevronRight
              aria-hidden="true"
              size={14}
              className="shrink-0 self-center text-quiet group-data-[state=open]:rotate-90"
            />
          )}
        </Collapsible.Trigger>
        {result && (
          <Collapsible.Content lang={language} className="pb-3 pl-6">
            <Findings result={result} bygone={bygone} />
          </Collapsible.Content>
        )}
      </section>
    </Collapsible.Root>
  );
}

const wordColours = {
  passed: "text-passed",
  "not-yet": "text-notyet",
  "could-not-check": "text-unknown",
  unchecked: "text-quiet",
};

function Findings({ result, bygone }: { result: CheckResult; bygone: boolean }) {
  const words = useWords();
  const sentence = useSentence();
  return (
    <>
      <p className="!my-0 max-w-[60ch]">{sentence(result.message)}</p>
      <dl className="mt-2 grid grid-cols-[auto_1fr] gap-x-4 gap-y-1">
        {result.seen && <Fact word={words("check.seen")}>{sentence(result.seen)}</Fact>}
        {result.expected && <Fact word={words("check.expected")}>{sentence(result.expected)}</Fact>}
        {result.next && !bygone && (
          <Fact word={words("check.next")}>
            <strong className="font-semibold">{sentence(result.next)}</strong>
          </Fact>
        )}
      </dl>
      {bygone && <p className="!mt-2 !mb-0">{words("check.bygone")}</p>}
      {result.evidence.length > 0 && <Evidence result={result} />}
    </>
  );
}

function Fact({ word, children }: { word: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-quiet">{word}</dt>
      <dd className="min-w-0 break-words">{children}</dd>
    </>
  );
}

/** What the verdict rests on, one press away. */
function Evidence({ result }: { result: CheckResult }) {
  const words = useWords();
  return (
    <details className="mt-2">
      <summary className="text-small text-quiet hover:text-accent">
        {words("check.evidence")} <LocalTime ms={result.judgedAtMs} seconds />
      </summary>
      <div className="mt-1 overflow-x-auto" tabIndex={-1}>
        <table className="font-mono text-small">
          <thead>
            <tr>
              <th scope="col">{words("check.node")}</th>
              <th scope="col">{words("check.source")}</th>
              <th scope="col">{words("check.value")}</th>
            </tr>
          </thead>
          <tbody>
            {result.evidence.map((fact) => (
              <tr key={`${fact.node} ${fact.source}`}>
                <td>{fact.node ?? ""}</td>
                <td className="break-all">{fact.source}</td>
                <td className="break-all">{fact.value === null ? words("check.no-answer") : String(fact.value)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
