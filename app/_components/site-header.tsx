import Link from "next/link";
import type { ReactNode } from "react";
import { interfaceLanguages } from "../_words/languages.ts";
import { LanguageSwitch } from "./language-switch.tsx";
import { Mark } from "./mark.tsx";
import { SkipLinks } from "./skip-links.tsx";
import { type Theme, ThemeSwitch } from "./theme-switch.tsx";

/**
 * The 48 px at the top of every page: where you are, the search of the course, language and theme.
 *
 * @param props.languages false where the page has the switch elsewhere
 * @param props.terminals whether the page has terminals beside its text
 */
export function SiteHeader(props: {
  theme: Theme;
  children?: ReactNode;
  search?: ReactNode;
  languages?: boolean;
  terminals?: boolean;
}) {
  const { theme, children, search, languages = true, terminals = false } = props;
  return (
    <header className="no-print flex h-12 shrink-0 items-center gap-3 border-b border-rule bg-raised px-4">
      <SkipLinks terminals={terminals} />
      <Link href="/" className="flex items-center gap-2 text-[1.0625rem] font-[650] hover:text-accent">
        <Mark />
        <span className={children ? "max-wide:sr-only" : ""}>Quorate</span>
      </Link>
      <div className="flex min-w-0 grow items-center gap-2 text-ui">{children}</div>
      {search}
      {languages && <LanguageSwitch languages={interfaceLanguages} />}
      <ThemeSwitch initial={theme} />
    </header>
  );
}
