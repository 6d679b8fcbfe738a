import type { ReactNode } from "react";

/** A labelled line of a form, with a sentence under it. */
export function Field({ label, hint, children }: { label: string; hint?: string; children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the control is the child
    <label className="mt-5 block">
      <span className="font-semibold">{label}</span>
      {children}
      {hint && <span className="mt-1 block text-small text-quiet">{hint}</span>}
    </label>
  );
}

/** How every input of a class's forms looks. */
export const inputClass =
  "mt-1 block min-h-11 w-full rounded-sm border border-edge bg-paper px-3 py-1.5 text-body text-ink";
