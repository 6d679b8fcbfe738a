import Link from "next/link";
import type { ReactNode } from "react";

/** In the header: a stroke, and the page above this one. @param props.lang of its title, where it is not the page's */
export function Crumb({ href, lang, children }: { href: string; lang?: string; children: ReactNode }) {
  return (
    <>
      <span aria-hidden="true" className="text-rule">
        /
      </span>
      <Link href={href} lang={lang} className="truncate text-quiet hover:text-accent">
        {children}
      </Link>
    </>
  );
}
