"use client";

/** What opens beside a part of the picture: how it is, and what can be done with it. */
import { Popover } from "radix-ui";
import { type ReactNode, useState } from "react";
import type { LabFault } from "../../gateway/protocol.ts";
import { useWords } from "../_words/words.tsx";
import type { LivePicture } from "./use-picture.ts";

/** What is so, and what can be done. */
export function Sheet({ said, trigger, children }: { said: string; trigger: ReactNode; children: ReactNode }) {
  const [open, setOpen] = useState(false);
  const words = useWords();
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger asChild>{trigger}</Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          sideOffset={6}
          collisionPadding={8}
          aria-label={words("picture.can-do")}
          // A press on an action ends it: what happens is to be seen in the drawing.
          onClick={(event) => (event.target as HTMLElement).closest("button") && setOpen(false)}
          className="z-30 w-72 max-w-[calc(100vw-1rem)] rounded-sm border border-edge bg-paper p-3 text-ui"
        >
          <p>{said}</p>
          {children}
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

/** @param props.does what comes of it, below the button */
export function Action({
  live,
  faults,
  does,
  children,
}: {
  live: LivePicture;
  faults: LabFault[];
  does?: string;
  children: ReactNode;
}) {
  return (
    <div className="mt-3 border-t border-rule pt-3">
      <button type="button" className="button w-full" disabled={live.busy} onClick={() => live.apply(faults)}>
        {children}
      </button>
      {does && <p className="mt-1.5 text-small text-quiet">{does}</p>}
    </div>
  );
}
