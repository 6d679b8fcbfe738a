import type { ReactNode } from "react";

/** A page for those who want to know more: folded, opened by a press, by a search in the browser and on paper. */
export function Page({ id, title, children }: { id: string; title: string; children?: ReactNode }) {
  return (
    <details className="reading-page my-3 border-y border-rule py-2">
      <summary className="cursor-pointer text-accent hover:underline">{title}</summary>
      {/* The mark is inside: a browser opens what holds the place that an address names. */}
      <div id={`page-${id}`}>{children}</div>
    </details>
  );
}
