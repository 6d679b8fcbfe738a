"use client";

/** The way into the course's search from a page's header: a button, and the key `/` unless the reader turned it off. */
import { Search } from "lucide-react";
import { lazy, Suspense, useCallback, useEffect, useRef, useState } from "react";
import { wordIn } from "../_course/interface-words.ts";
import { slashOpens } from "./slash-setting.ts";

/** With the index's program: fetched when the search is first opened. */
const SearchDialog = lazy(() => import("./search-dialog.tsx").then(({ SearchDialog }) => ({ default: SearchDialog })));

export function CourseSearch({ course, language }: { course: string; language: string }) {
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const close = useCallback(() => {
    setOpen(false);
    button.current?.focus();
  }, []);

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      if (isWriting(event.target) || !slashOpens()) return;
      event.preventDefault();
      setOpen(true);
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);

  return (
    <>
      <button
        ref={button}
        type="button"
        className="button button-bare shrink-0 gap-2 wide:border-edge"
        aria-haspopup="dialog"
        onClick={() => setOpen(true)}
      >
        <Search aria-hidden="true" size={16} />
        <span className="max-wide:sr-only">{wordIn(language, "search.open")}</span>
        <span aria-hidden="true" className="font-mono text-small max-wide:hidden">
          /
        </span>
      </button>
      {open && (
        <Suspense fallback={null}>
          <SearchDialog course={course} language={language} onClose={close} />
        </Suspense>
      )}
    </>
  );
}

/** In a field or a terminal `/` is a character. */
function isWriting(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || target.closest("input, textarea, select, dialog, [role=dialog]") !== null)
  );
}
