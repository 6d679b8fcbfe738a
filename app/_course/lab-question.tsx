"use client";

import { AlertDialog } from "radix-ui";
import { type ReactNode, useState } from "react";
import { focusText } from "../_components/skip-links.tsx";
import { useWords } from "../_words/words.tsx";
import { whatStays } from "./lab-change-words.ts";

/** Asks before the lab is changed, and says what is lost. */
export function LabQuestion(props: {
  title: string;
  /** What the lab will be, where the title does not say it. */
  about?: ReactNode;
  /** What the button that does it says. */
  action: string;
  lost: readonly string[];
  onNo: () => void;
  onYes: () => void;
}) {
  const words = useWords();
  const { title, about, action, lost, onNo, onYes } = props;
  // No trigger belongs to it: whoever asked has the focus, and gets it back.
  const [asker] = useState(() => document.activeElement);
  return (
    <AlertDialog.Root open onOpenChange={(open) => !open && onNo()}>
      <AlertDialog.Portal>
        <AlertDialog.Overlay className="fixed inset-0 z-40 bg-[rgb(0_0_0/0.45)]" />
        <AlertDialog.Content
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            if (asker instanceof HTMLElement) asker.focus();
            // A button that was confirmed cannot be pressed meanwhile, nor have the focus.
            if (document.activeElement !== asker) focusText({ preventScroll: true });
          }}
          className="fixed top-1/2 left-1/2 z-50 max-h-[calc(100dvh-2rem)] w-[min(32rem,calc(100vw-2rem))] -translate-x-1/2 -translate-y-1/2 overflow-y-auto border border-edge bg-paper p-5"
        >
          <AlertDialog.Title className="text-section font-semibold">{title}</AlertDialog.Title>
          <AlertDialog.Description asChild>
            <div>
              {about && <p className="mt-2">{about}</p>}
              <Points title={words("lab.changes")} points={lost} />
              <Points title={words("lab.stays")} points={whatStays(words)} />
            </div>
          </AlertDialog.Description>
          <div className="mt-5 flex flex-wrap justify-end gap-3">
            <AlertDialog.Cancel className="button">{words("lab.leave")}</AlertDialog.Cancel>
            <AlertDialog.Action className="button button-lead" onClick={onYes}>
              {action}
            </AlertDialog.Action>
          </div>
        </AlertDialog.Content>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}

function Points({ title, points }: { title: string; points: readonly string[] }) {
  return (
    <>
      <h3 className="mt-3 text-small font-semibold text-quiet">{title}</h3>
      <ul className="mt-1 list-[square] pl-5 marker:text-quiet">
        {points.map((point) => (
          <li key={point} className="my-0.5">
            {point}
          </li>
        ))}
      </ul>
    </>
  );
}
