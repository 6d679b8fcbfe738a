import type { ReactNode } from "react";
import { SiteHeader } from "./site-header.tsx";
import { chosenTheme } from "./theme.ts";

/** A page outside of the chapters: the header and the main part. */
export async function PageFrame(props: {
  /** Of the main part: its width and padding. */
  className: string;
  crumb?: ReactNode;
  search?: ReactNode;
  footer?: ReactNode;
  children: ReactNode;
}) {
  const { className, crumb, search, footer, children } = props;
  return (
    <>
      <SiteHeader theme={await chosenTheme()} search={search}>
        {crumb}
      </SiteHeader>
      <main className={`mx-auto w-full ${className}`}>{children}</main>
      {footer}
    </>
  );
}
