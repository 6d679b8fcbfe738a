"use client";

/** Delete a recording for good, after a question: whose it is, and who teaches the class. */
import { AlertDialog } from "radix-ui";
import { useRouter } from "next/navigation";
import { useState } from "react";
import type { HttpRefusal } from "../../gateway/protocol.ts";
import { usePageWords } from "../_words/page-words.tsx";
import { useSentence } from "../_words/words.tsx";
import { Trouble } from "../_components/trouble.tsx";

/** @param next page to go to afterwards; this one again without it */
export function DeleteRecording({ id, node, next }: { id: string; node: string; next?: string }) {
  const words = usePageWords();
  const sentence = useSentence();
  const router = useRouter();
  const [open, setOpen] = useState(false);
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState<string>();
  const remove = async () => {
    setBusy(true);
    setTrouble(undefined);
    const response = await fetch(`/gateway/recordings/${encodeURIComponent(id)}`, { method: "DELETE" }).catch(() => undefined);
    setBusy(false);
    if (response?.ok) {
      setOpen(false);
      if (next === undefined) router.refresh();
      else router.push(next);
      return;
    }
    const refusal = (await response?.json().catch(() => undefined)) as HttpRefusal | undefined;
    setTrouble(refusal ? sentence(refusal.refusal.message) : words("recordings.not-deleted"));
  };
  return (
    <AlertDialog.Root open={open} onOpenChange={setOpen}>
      <AlertDialog.Trigger className="button button-bare" aria-label={words("recordings.delete-of", { node })}>
        {words("recordings.delete")}
      </AlertDialog.Trigger>
      <AlertDialog.Portal>
        <AlertDialog.Overlay className="fixed inset-0 z-40 bg-ink/30" />
        <AlertDialog.Content className="fixed top-1/2 left-1/2 z-50 w-[min(30rem,calc(100vw-2rem))] -translate-x-1/2 -translate-y-1/2 border border-edge bg-paper p-5">
          <AlertDialog.Title className="font-semibold text-section">{words("recordings.delete-ask", { node })}</AlertDialog.Title>
          <AlertDialog.Description className="mt-2">
            {words("recordings.delete-text")}
          </AlertDialog.Description>
          <Trouble className="mt-3">{trouble}</Trouble>
          <div className="mt-4 flex gap-3">
            <button type="button" className="button button-lead" disabled={busy} onClick={() => void remove()}>
              {words("recordings.delete-now")}
            </button>
            <AlertDialog.Cancel className="button">{words("recordings.keep")}</AlertDialog.Cancel>
          </div>
        </AlertDialog.Content>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
