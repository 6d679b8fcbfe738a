"use client";

/** A terminal's lines as plain text: to read with a screen reader, to select across screens, to copy whole. */
import { useEffect, useRef } from "react";
import { copyText } from "../_course/clipboard.ts";
import { useWords } from "../_words/words.tsx";

export interface TerminalTranscriptProps {
  node: string;
  text: string;
  onRefresh(): void;
  onClose(): void;
}

export function TerminalTranscript({ node, text, onRefresh, onClose }: TerminalTranscriptProps) {
  const words = useWords();
  const lines = useRef<HTMLPreElement>(null);
  // The newest lines are what was just asked for.
  useEffect(() => {
    const element = lines.current;
    if (element && text !== "") element.scrollTop = element.scrollHeight;
    element?.focus();
  }, [text]);
  return (
    <section
      aria-label={words("terminal.transcript", { node })}
      className="absolute inset-0 z-10 flex flex-col bg-paper"
    >
      <div className="flex items-center gap-2 border-b border-rule bg-raised px-2 py-1 text-small">
        <span className="grow">{words("terminal.transcript-about", { node })}</span>
        <button type="button" className="button button-bare" onClick={onRefresh}>
          {words("terminal.refresh")}
        </button>
        <button type="button" className="button button-bare" onClick={() => copyText(text)}>
          {words("terminal.copy-all")}
        </button>
        <button type="button" className="button button-bare" onClick={onClose}>
          {words("terminal.back")}
        </button>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and is scrolled with the keyboard. */}
      <pre ref={lines} tabIndex={0} className="min-h-0 grow overflow-auto p-3 font-mono text-code whitespace-pre-wrap">
        {text}
      </pre>
    </section>
  );
}
