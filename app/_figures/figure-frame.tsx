"use client";

/** What all figures of the course share: a title, the drawing, one sentence that says it, and controls below. */
import { type ReactNode, useId } from "react";
import { ScrollRegion } from "../_components/scroll-region.tsx";

export function FigureFrame(props: {
  title: string;
  /** For eyes only: the sentence says the same. */
  drawing: ReactNode;
  verdict?: { word: string; tone: "good" | "bad" | "plain" };
  sentence: string;
  controls: ReactNode;
  /** What is simplified, where the numbers come from. */
  caption: ReactNode;
  onReset?: () => void;
}) {
  const id = useId();
  const { title, drawing, verdict, sentence, controls, caption, onReset } = props;
  return (
    <figure className="figure my-6 break-inside-avoid border-y border-rule py-4 text-ui" aria-labelledby={id}>
      <p id={id} className="!mt-0 font-semibold">
        {title}
      </p>
      <ScrollRegion label={title} className="figure-drawing">
        {drawing}
      </ScrollRegion>
      <p role="status" className="!my-2 min-h-[2.6em] max-w-[64ch]">
        {verdict && <strong className={tones[verdict.tone]}>{verdict.word} </strong>}
        {sentence}
      </p>
      <div className="no-print">
        {controls}
        {onReset && (
          <button type="button" className="button mt-3" onClick={onReset}>
            Begin again
          </button>
        )}
      </div>
      <figcaption className="mt-3 text-small text-quiet">{caption}</figcaption>
    </figure>
  );
}

const tones = { good: "text-passed", bad: "text-notyet", plain: "" };

export function Slider(props: {
  label: string;
  value: number;
  min: number;
  max: number;
  step?: number;
  /** How the value reads: `40 MiB/s`. */
  shown: string;
  onChange(value: number): void;
}) {
  const { label, value, min, max, step = 1, shown, onChange } = props;
  return (
    <label className="grid grid-cols-[1fr_6rem] items-center gap-x-3 py-0.5 wide:grid-cols-[13rem_1fr_6rem]">
      <span className="max-wide:col-span-2">{label}</span>
      <input
        type="range"
        className="min-w-0 accent-accent"
        {...{ min, max, step, value }}
        aria-valuetext={shown}
        onChange={(event) => onChange(event.currentTarget.valueAsNumber)}
      />
      <span className="text-right font-mono text-small">{shown}</span>
    </label>
  );
}

/** A few exclusive choices in a row. */
export function Choices<T extends string>(props: {
  label: string;
  value: T;
  options: readonly (readonly [NoInfer<T>, string])[];
  onChange: (value: NoInfer<T>) => void;
}) {
  const name = useId();
  return (
    <fieldset className="mt-2 flex flex-wrap items-baseline gap-x-5 gap-y-1">
      <legend className="float-left mr-4 text-quiet">{props.label}</legend>
      {props.options.map(([value, words]) => (
        <label key={value} className="flex items-baseline gap-1.5 py-1">
          <input
            type="radio"
            className="relative top-0.5 accent-accent"
            name={name}
            checked={props.value === value}
            onChange={() => props.onChange(value)}
          />
          {words}
        </label>
      ))}
    </fieldset>
  );
}
