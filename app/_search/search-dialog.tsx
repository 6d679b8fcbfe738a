"use client";

/** The search itself: a field and what it finds, in a dialog of the browser's own. The index is asked here, not there. */
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from "react";
import type { Found } from "../../content/pipeline/search-index.ts";
import { useCatalogue, useWords } from "../_words/words.tsx";
import { excerptOf } from "./excerpt.ts";
import { fetchIndex } from "./fetch-index.ts";
import { setSlashOpens, slashOpens } from "./slash-setting.ts";

type SearchState = { kind: "fetching" } | { kind: "failed" } | { kind: "ready"; find: (asked: string) => Found[] };

export function SearchDialog(props: { course: string; language: string; onClose(): void }) {
  const { course, language, onClose } = props;
  const dialog = useRef<HTMLDialogElement>(null);
  const [state, setState] = useState<SearchState>({ kind: "fetching" });
  const [asked, setAsked] = useState("");
  const [tries, setTries] = useState(0);
  const words = useWords();
  const ownLanguage = useCatalogue().language;

  useEffect(() => {
    // Removed from the page it closes by itself.
    if (dialog.current?.open === false) dialog.current.showModal();
  }, []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another try fetches anew
  useEffect(() => {
    let gone = false;
    setState({ kind: "fetching" });
    fetchIndex(course, language).then(
      (find) => !gone && setState({ kind: "ready", find }),
      () => !gone && setState({ kind: "failed" }),
    );
    return () => {
      gone = true;
    };
  }, [course, language, tries]);

  const found = useMemo(() => (state.kind === "ready" && asked.trim() !== "" ? state.find(asked) : []), [state, asked]);

  /** The arrow keys go through field and results. */
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    const places = [...(dialog.current?.querySelectorAll<HTMLElement>("[data-place]") ?? [])];
    const at = places.indexOf(document.activeElement as HTMLElement);
    const next = places[at + (event.key === "ArrowDown" ? 1 : -1)];
    if (at < 0 || next === undefined) return;
    event.preventDefault();
    next.focus();
  };

  return (
    <dialog
      ref={dialog}
      aria-label={words("search.open")}
      className="m-auto mt-[8dvh] w-[min(42rem,calc(100vw-1rem))] border border-edge bg-paper p-0 text-ui text-ink backdrop:bg-[rgb(0_0_0/0.35)]"
      onClose={onClose}
      onKeyDown={onKeyDown}
    >
      <form
        method="dialog"
        className="flex items-end gap-3 border-b border-rule p-4"
        onSubmit={(event) => {
          event.preventDefault();
          dialog.current?.querySelector<HTMLAnchorElement>("a[data-place]")?.click();
        }}
      >
        <label className="grow">
          <span className="block text-small text-quiet">{words("search.field")}</span>
          <input
            data-place
            type="search"
            value={asked}
            onChange={(event) => setAsked(event.target.value)}
            autoComplete="off"
            spellCheck={false}
            maxLength={80}
            className="mt-1 block min-h-10 w-full rounded-sm border border-edge bg-paper px-3 text-body"
          />
        </label>
        <button type="button" className="button min-h-10" onClick={() => dialog.current?.close()}>
          {words("search.close")}
        </button>
      </form>
      <p role="status" className="px-4 pt-3 text-small text-quiet">
        {state.kind === "fetching" && words("search.fetching")}
        {state.kind === "failed" && words("search.failed")}
        {state.kind === "ready" && asked.trim() !== "" && found.length === 0 && words("search.none")}
        {state.kind === "ready" && found.length > 0 && `${found.length} ${words("search.found")}`}
      </p>
      {state.kind === "failed" && (
        <button type="button" className="button mx-4 mt-2" onClick={() => setTries(tries + 1)}>
          {words("search.again")}
        </button>
      )}
      <ul className="max-h-[60dvh] overflow-y-auto px-4 pb-2">
        {found.map((one) => (
          <li key={one.href} lang={one.language} className="border-b border-rule last:border-0">
            <a data-place href={one.href} className="group block py-2.5" onClick={() => dialog.current?.close()}>
              <span className="flex flex-wrap items-baseline justify-between gap-x-4">
                <span
                  className={`link group-hover:decoration-2 ${one.where === "command" ? "font-mono text-code" : ""}`}
                >
                  {one.title}
                </span>
                <span className="text-small text-quiet" lang={isList(one.where) ? ownLanguage : undefined}>
                  {isList(one.where) ? words(`search.${one.where}`) : one.where}
                </span>
              </span>
              <span className="mt-0.5 block text-small [overflow-wrap:anywhere]">
                {excerptOf(one.text, asked).map(({ text, marked }, at) =>
                  marked ? (
                    // biome-ignore lint/suspicious/noArrayIndexKey: pieces have nothing else
                    <mark key={at} className="bg-transparent font-[650] text-inherit underline decoration-1">
                      {text}
                    </mark>
                  ) : (
                    text
                  ),
                )}
              </span>
            </a>
          </li>
        ))}
      </ul>
      <label className="flex items-center gap-2 border-t border-rule px-4 py-2 text-small text-quiet">
        <input
          type="checkbox"
          className="size-6 accent-[var(--accent)]"
          defaultChecked={slashOpens()}
          onChange={(event) => setSlashOpens(event.target.checked)}
        />
        {words("search.slash")}
      </label>
    </dialog>
  );
}

function isList(where: string): where is "word" | "command" {
  return where === "word" || where === "command";
}
