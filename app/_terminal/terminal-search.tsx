"use client";

/** Search in a terminal's lines: Enter goes up to the one before, as newer lines are below. */
import { useEffect, useRef, useState } from "react";
import { useWords } from "../_words/words.tsx";
import type { ScreenSearch } from "./xterm-screen.ts";

export interface TerminalSearchProps {
  node: string;
  search: ScreenSearch;
  onClose(): void;
}

export function TerminalSearch({ node, search, onClose }: TerminalSearchProps) {
  const words = useWords();
  const [text, setText] = useState("");
  const [found, setFound] = useState({ index: -1, count: 0 });
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    input.current?.focus();
    const off = search.onFound(setFound);
    return () => {
      off();
      search.clear();
    };
  }, [search]);

  const change = (next: string) => {
    setText(next);
    if (next === "") search.clear();
    else search.before(next, true);
  };
  return (
    <search
      aria-label={words("terminal.search-in", { node })}
      className="absolute top-0 right-0 z-10 flex items-center gap-1 border-b border-l border-rule bg-raised p-1 text-small"
      onKeyDown={(event) => {
        if (event.key === "Escape") onClose();
      }}
    >
      <input
        ref={input}
        type="search"
        aria-label={words("terminal.search-field", { node })}
        value={text}
        onChange={(event) => change(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== "Enter" || text === "") return;
          if (event.shiftKey) search.after(text);
          else search.before(text, false);
        }}
        className="min-h-7 w-44 border border-edge bg-paper px-2 font-mono text-code"
      />
      <span role="status" className="min-w-20 px-1 text-quiet">
        {text === ""
          ? ""
          : found.count === 0
            ? words("terminal.not-found")
            : words("terminal.found", { index: found.index + 1, count: found.count })}
      </span>
      <button
        type="button"
        className="button button-bare"
        disabled={text === ""}
        onClick={() => search.before(text, false)}
      >
        {words("terminal.previous")}
      </button>
      <button type="button" className="button button-bare" disabled={text === ""} onClick={() => search.after(text)}>
        {words("terminal.next")}
      </button>
      <button type="button" className="button button-bare" onClick={onClose}>
        {words("terminal.close")}
      </button>
    </search>
  );
}
