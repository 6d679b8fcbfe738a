"use client";

/** Asked before a paste that would run several commands. */
import { AlertDialog } from "radix-ui";
import { useWords } from "../_words/words.tsx";

const LINES_SHOWN = 8;

export interface PasteQuestionProps {
  node: string;
  /** Undefined while nothing is asked. */
  text: string | undefined;
  onAnswer(paste: boolean): void;
}

export function PasteQuestion({ node, text, onAnswer }: PasteQuestionProps) {
  const words = useWords();
  const lines = (text ?? "").replace(/[\r\n]+$/, "").split(/\r\n|\r|\n/);
  const more = lines.length - LINES_SHOWN;
  return (
    <AlertDialog.Root open={text !== undefined} onOpenChange={(open) => !open && onAnswer(false)}>
      <AlertDialog.Portal>
        <AlertDialog.Overlay className="fixed inset-0 z-40 bg-ink/30" />
        <AlertDialog.Content
          onCloseAutoFocus={(event) => event.preventDefault()}
          className="fixed top-1/2 left-1/2 z-50 w-[min(34rem,calc(100vw-2rem))] -translate-x-1/2 -translate-y-1/2 border border-edge bg-paper p-5"
        >
          <AlertDialog.Title className="font-semibold text-section">
            {words("paste.question", { count: lines.length, node })}
          </AlertDialog.Title>
          <AlertDialog.Description className="mt-2">{words("paste.warning")}</AlertDialog.Description>
          <pre className="mt-3 max-h-48 overflow-auto border border-rule bg-raised p-2 font-mono text-code">
            {lines.slice(0, LINES_SHOWN).join("\n")}
            {more > 0 ? `\n${words("paste.more", { count: more })}` : ""}
          </pre>
          <div className="mt-4 flex gap-3">
            <AlertDialog.Action className="button button-lead" onClick={() => onAnswer(true)}>
              {words("paste.paste")}
            </AlertDialog.Action>
            <AlertDialog.Cancel className="button">{words("paste.cancel")}</AlertDialog.Cancel>
          </div>
        </AlertDialog.Content>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
