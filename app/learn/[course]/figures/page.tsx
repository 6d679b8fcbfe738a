import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { webRuntime } from "../../../../server/web-runtime.ts";
import { askedBy } from "../../../_components/asked-by.ts";
import { chosenLanguage } from "../../../_components/language.ts";
import { SiteHeader } from "../../../_components/site-header.tsx";
import { chosenTheme } from "../../../_components/theme.ts";
import { Alternatives } from "../../../_figures/alternatives.tsx";
import { Availability } from "../../../_figures/availability.tsx";
import { Fencing } from "../../../_figures/fencing.tsx";
import { PartitionExplorer } from "../../../_figures/partition-explorer.tsx";
import { Precopy } from "../../../_figures/precopy.tsx";
import { SharedDisk } from "../../../_figures/shared-disk.tsx";
import { SplitBrain } from "../../../_figures/split-brain.tsx";
import { TokenRing } from "../../../_figures/token-ring.tsx";
import { HeaderSearch } from "../../../_search/header-search.tsx";

export const metadata: Metadata = { title: "All figures" };

/** Every figure of the course on one page, for a projector and for paper. */
export default async function FiguresPage({ params }: { params: Promise<{ course: string }> }) {
  await askedBy("/learn/[course]/figures");
  const theme = await chosenTheme();
  const course = (await webRuntime().courses()).course((await params).course);
  if (course === undefined) notFound();
  return (
    <>
      <SiteHeader theme={theme} search={<HeaderSearch course={course.id} language={await chosenLanguage()} />} />
      <main className="mx-auto w-full max-w-[43rem] grow px-4 pt-10 pb-16">
        <h1 className="text-title">All figures</h1>
        <p className="mt-2 max-w-[60ch] text-quiet">
          To show in class and to print; free to reuse under CC BY 4.0. What is set here is not kept.
        </p>
        {/* A figure's texts are set as in a chapter. */}
        <div className="chapter-text">
          <PartitionExplorer />
          <Precopy />
          <TokenRing />
          <SplitBrain />
          <SharedDisk />
          <Fencing />
          <Alternatives />
          <Availability />
        </div>
      </main>
    </>
  );
}
