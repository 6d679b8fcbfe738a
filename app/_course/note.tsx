import type { ReactNode } from "react";

/** Something beside the way that is worth knowing. */
export function Note({ children }: { children?: ReactNode }) {
  return (
    <aside className="my-4 border-y border-rule py-1 pl-4 [&>p]:my-2" aria-label="Note">
      <strong className="text-ui text-quiet">Note</strong>
      {children}
    </aside>
  );
}
