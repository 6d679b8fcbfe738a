import type { ReactNode } from "react";
import { PageWordsProvider } from "./page-words.tsx";
import { reader } from "./reader.ts";

/** Around parts of a page that run in the browser and have words of their own. */
export async function PageWordsHere({ children }: { children: ReactNode }) {
  return <PageWordsProvider pages={(await reader()).pages}>{children}</PageWordsProvider>;
}
