"use client";

import { AlertDialog } from "radix-ui";
import { useWords } from "../_words/words.tsx";

/** Asks before the lab is changed, and says what is lost. */
export function LabQuestion(props: {
  title: string;
  /** What the button that does it says. */
  action: string;
  lost: string;
  onNo: () => void;
  onYes: () => void;
}) {
  const words = useWords();
  const { title, action, lost, onNo, onYes } = props;
  return (
    <AlertDialog.Root open onOpenChange={(open) => !open && onNo()}>
      <AlertDialog.Portal>
        <AlertDialog.Overlay className="fixed inset-0 z-40 bg-[rgb(0_0_0/0.45)]" />
        <AlertDialog.Content className="fixed top-1/2 left-1/2 z-50 w-[min(30rem,calc(100vw-2rem))] -translate-x-1/2 -translate-y-1/2 border border-edge bg-paper p-5">
          <AlertDialog.Title className="text-section font-semibold">{title}</AlertDialog.Title>
          <AlertDialog.Description className="mt-2">
            {lost} {words("lab.kept")}
          </AlertDialog.Description>
          <div className="mt-4 flex flex-wrap justify-end gap-3">
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
