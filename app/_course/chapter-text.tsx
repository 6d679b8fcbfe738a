/**
 * A compiled chapter, rendered in the web process: the browser gets the result and the blocks, no MDX and no `eval`.
 */

import type { ComponentType } from "react";
import * as React from "react";
import * as jsxRuntime from "react/jsx-runtime";
import type { CompiledText } from "../../content/pipeline/compile-chapter.ts";
import {
  Alternatives,
  Availability,
  Fencing,
  PartitionExplorer,
  Precopy,
  SharedDisk,
  SplitBrain,
  TokenRing,
} from "../_figures/lazy-figures.tsx";
import { Cable } from "./cable.tsx";
import { Check } from "./check.tsx";
import { Exercise } from "./exercise.tsx";
import { Page } from "./folded-page.tsx";
import { Hint } from "./hint.tsx";
import { Note } from "./note.tsx";
import { Power } from "./power.tsx";
import { Choice, Question } from "./question.tsx";
import { Run } from "./run.tsx";
import { Step } from "./step.tsx";
import { Summary } from "./summary.tsx";
import { Term } from "./term.tsx";
import { Value } from "./value.tsx";

const blocks = {
  ...{ Cable, Check, Choice, Exercise, Hint, Note, Page, Power, Question, Run, Step, Summary, Term, Value },
  ...{ Alternatives, Availability, Fencing, PartitionExplorer, Precopy, SharedDisk, SplitBrain, TokenRing },
};

type Content = ComponentType<{ components: typeof blocks }>;

const evaluated = new Map<string, Content>();

export function ChapterText({ text }: { text: CompiledText }) {
  const Text = contentOf(text);
  return (
    <div className="chapter-text">
      <Text components={blocks} />
    </div>
  );
}

/** Content is code, trusted as the repository is (docs/threat-model.md). */
function contentOf({ hash, code }: CompiledText): Content {
  let content = evaluated.get(hash);
  if (content === undefined) {
    const evaluate = new Function("React", "ReactDOM", "_jsx_runtime", code);
    content = (evaluate(React, {}, jsxRuntime) as { default: Content }).default;
    evaluated.set(hash, content);
  }
  return content;
}
