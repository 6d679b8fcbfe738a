"use client";

/** The way into the course's search from a page's header: a button, and the key `/` unless the reader turned it off. */
import { Search } from "lucide-react";
import { useCallback, useEffect, useRef, useState } from "react";
import { useLatePart } from "../_components/use-late-part.ts";
import { useWords } from "../_words/words.tsx";
import { slashOpens } from "./slash-setting.ts";

/** With the index's program: fetched when the search is first opened. */
const loadDialog = () => import("./search-dialog.tsx");

export function CourseSearch({ course, language }: { course: string; language: string }) {
  const words = useWords();
  const [open, setOpen] = useState(false);
  const dialog = useLatePart(loadDialog, open);
  // It does not open by itself when the connection is back, over what somebody is writing then.
  if (dialog.failed && open) setOpen(false);
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
        <span className="max-wide:sr-only">{words("search.open")}</span>
        <span aria-hidden="true" className="font-mono text-small max-wide:hidden">
          /
        </span>
      </button>
      {open && dialog.part && <dialog.part.SearchDialog course={course} language={language} onClose={close} />}
      {dialog.failed && (
        <p role="alert" className="fixed top-13 right-3 z-30 border border-notyet bg-paper px-3 py-2 text-ui">
          {words("search.no-program")}{" "}
          <button
            type="button"
            className="button ml-2"
            onClick={() => {
              dialog.again();
              setOpen(true);
            }}
          >
            {words("search.again")}
          </button>
        </p>
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
