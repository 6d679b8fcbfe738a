"use client";

/** A command for one node: read it, copy it, or have it typed into that node's terminal. */
import { useState } from "react";
import { useTerminals } from "../_terminal/terminals.tsx";
import { useCatalogue, useWords } from "../_words/words.tsx";
import { useChapter } from "./chapter-provider.tsx";
import { copyText } from "./clipboard.ts";
import { commandParts, filledCommand } from "./placeholders.ts";

/** `command` is made by the pipeline from what stands between the tags. */
export function Run({ on, command = "" }: { on: string; command?: string }) {
  const { chapter, showPane } = useChapter();
  const { typeInto } = useTerminals();
  const words = useWords();
  const { language } = useCatalogue();
  const [copied, setCopied] = useState<"yes" | "refused">();
  const text = filledCommand(command, chapter.values);

  const copy = () => {
    setCopied(copyText(text) ? "yes" : "refused");
    setTimeout(() => setCopied(undefined), 2_000);
  };
  const runThere = () => {
    showPane("terminal");
    typeInto(on, text);
  };

  return (
    <figure
      lang={language}
      className="my-3.5 flex flex-wrap items-center border border-rule border-l-3 border-l-accent bg-raised"
      aria-label={words("run.command-for", { node: on })}
    >
      <pre className="!my-0 min-w-0 grow basis-56 px-3.5 whitespace-pre-wrap [overflow-wrap:anywhere] py-2.5 text-code">
        <span aria-hidden="true" className="text-quiet select-none">
          {on}#{" "}
        </span>
        <code className="!bg-transparent !p-0 !text-[1em]">
          {commandParts(command, chapter.values).map((part, index) =>
            part.kind === "value" ? (
              // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a command never move
              <mark key={index} className="bg-transparent text-accent">
                {part.text}
              </mark>
            ) : (
              part.text
            ),
          )}
        </code>
      </pre>
      <figcaption className="no-print flex flex-wrap items-center px-1.5 py-1 text-small">
        <button type="button" className="button button-bare" onClick={runThere} disabled={chapter.labId === undefined}>
          {words("run.in")} {on}
        </button>
        <button type="button" className="button button-bare" onClick={copy}>
          {words("run.copy")}
        </button>
        <span role="status" className="text-quiet">
          {copied === "yes" && words("run.copied")}
          {copied === "refused" && words("run.refused")}
        </span>
      </figcaption>
    </figure>
  );
}
