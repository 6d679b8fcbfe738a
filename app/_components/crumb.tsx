import Link from "next/link";
import type { ReactNode } from "react";

/** In the header: a stroke, and the page above this one. */
export function Crumb({ href, children }: { href: string; children: ReactNode }) {
  return (
    <>
      <span aria-hidden="true" className="text-rule">
        /
      </span>
      <Link href={href} className="truncate text-quiet hover:text-accent">
        {children}
      </Link>
    </>
  );
}
