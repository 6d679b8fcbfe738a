import type { ReactNode } from "react";

/** What went wrong with what was just asked for, told at once to whoever listens; nothing while there is none. */
export function Trouble({ children, className = "" }: { children: ReactNode; className?: string }) {
  if (!children) return null;
  return (
    <p role="alert" className={`${className} border-l-2 border-notyet pl-3`}>
      {children}
    </p>
  );
}
