"use client";

import type { StepSummary } from "../../../classroom/class-steps.ts";
import { ScrollRegion } from "../../_components/scroll-region.tsx";
import { sentence } from "../../_words/sentence.ts";

/** The commonest few say what to explain to everybody. */
const REASONS_SHOWN = 3;

/** Where the class is stuck: steps that somebody tried, with the commonest reasons. */
export function StepSummaries(props: {
  columns: { key: string; label: string; title: string }[];
  summaries: StepSummary[];
}) {
  const tried = props.summaries.filter(({ passed, open }) => passed + open > 0);
  if (tried.length === 0) return null;
  return (
    <section aria-labelledby="where-stuck" className="mt-10">
      <h2 id="where-stuck" className="text-section">
        Step by step
      </h2>
      <p className="mt-1 text-quiet">
        The time is the median from the pass before. The reasons are those of students who have not passed.
      </p>
      <ScrollRegion label="Table of the steps" className="mt-3">
        <table className="w-full border-collapse text-left">
          <thead>
            <tr className="text-small text-quiet">
              <th scope="col" className="py-1 pr-4 font-normal">
                Step
              </th>
              <th scope="col" className="px-3 text-right font-normal">
                Passed
              </th>
              <th scope="col" className="px-3 text-right font-normal">
                Not yet
              </th>
              <th scope="col" className="px-3 text-right font-normal">
                Stuck
              </th>
              <th scope="col" className="px-3 text-right font-normal">
                Time
              </th>
              <th scope="col" className="pl-3 font-normal">
                Commonest reasons
              </th>
            </tr>
          </thead>
          <tbody>
            {tried.map((summary) => {
              const column = props.columns.find(({ key }) => key === summary.step);
              return (
                <tr key={summary.step} className="border-t border-rule align-top">
                  <th scope="row" className="min-w-40 py-1.5 pr-4 font-normal">
                    <span className="font-mono text-quiet">{column?.label}</span> {column?.title}
                  </th>
                  <td className="px-3 py-1.5 text-right tabular-nums">{summary.passed}</td>
                  <td className="px-3 py-1.5 text-right tabular-nums">{summary.open}</td>
                  <td className="px-3 py-1.5 text-right tabular-nums">{summary.stuck}</td>
                  <td className="px-3 py-1.5 text-right whitespace-nowrap tabular-nums">
                    {summary.medianMs === undefined ? "" : minutes(summary.medianMs)}
                  </td>
                  <td className="min-w-64 py-1.5 pl-3">
                    {summary.reasons.slice(0, REASONS_SHOWN).map(({ message, students }) => (
                      <p key={message.id}>
                        <span className="text-quiet tabular-nums">{students} ×</span> {sentence(message)}
                      </p>
                    ))}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </ScrollRegion>
    </section>
  );
}

function minutes(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return seconds < 90 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}
