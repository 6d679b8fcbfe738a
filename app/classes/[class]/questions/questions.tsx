import type { Oddity } from "../../../../classroom/oddities.ts";

/** What is unusual, as something to ask the student; absent when there is nothing. */
export function Questions(props: {
  oddities: Oddity[];
  nameOf(personId: string): string;
  titleOf(key: string): string;
}) {
  const { oddities, nameOf, titleOf } = props;
  if (oddities.length === 0) return null;
  return (
    <section aria-labelledby="questions" className="mt-8">
      <h2 id="questions" className="text-section">
        Worth a question
      </h2>
      <p className="mt-1 max-w-[64ch] text-quiet">
        Unusual, and not wrong by itself: only you can know. Every pass stays as it is.
      </p>
      <ul className="mt-2 max-w-[72ch]">
        {oddities.map((oddity) => (
          <li key={JSON.stringify(oddity)} className="border-t border-rule py-2 [overflow-wrap:anywhere]">
            <Question {...{ oddity, nameOf, titleOf }} />
          </li>
        ))}
      </ul>
    </section>
  );
}

export function Question(props: {
  oddity: Oddity;
  nameOf(personId: string): string;
  /** Of `course/chapter` or `course/chapter/step`. */
  titleOf(key: string): string;
}) {
  const { oddity, nameOf, titleOf } = props;
  switch (oddity.kind) {
    case "cluster-of-another-seat":
      return (
        <>
          “{titleOf(oddity.step)}”: was this cluster {oddity.cluster && `(${oddity.cluster}) `}made at this seat?{" "}
          {nameOf(oddity.personId)} passed with {oddity.task ? "the same task" : "the same name and addresses"}.{" "}
          <Innocent>Perhaps they worked together, or nodes changed hands.</Innocent>
          {oddity.task && <span className="block font-mono text-small">{oddity.task}</span>}
        </>
      );
    case "task-before-baseline":
      return (
        <>
          “{titleOf(oddity.step)}”: who did this on {oddity.node}, {duration(oddity.secondsBefore)} before the chapter
          was first opened? <Innocent>Perhaps they worked ahead, or the nodes were not fresh.</Innocent>
          <span className="block font-mono text-small">{oddity.task}</span>
        </>
      );
    case "all-at-once":
      return (
        <>
          “{titleOf(oddity.chapter)}”: how was it done? {oddity.steps} steps were passed within{" "}
          {duration(oddity.seconds)}.{" "}
          <Innocent>Perhaps the work was done before the page was opened, or with a script.</Innocent>
        </>
      );
  }
}

function Innocent({ children }: { children: string }) {
  return <span className="text-quiet">{children}</span>;
}

function duration(seconds: number): string {
  if (seconds < 2) return "one second";
  if (seconds < 120) return `${seconds} seconds`;
  return seconds < 7_200 ? `${Math.round(seconds / 60)} minutes` : `${Math.round(seconds / 3_600)} hours`;
}
