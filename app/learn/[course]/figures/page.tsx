import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { webRuntime } from "../../../../server/web-runtime.ts";
import { askedBy } from "../../../_components/asked-by.ts";
import { PageFrame } from "../../../_components/page-frame.tsx";
import { Alternatives } from "../../../_figures/alternatives.tsx";
import { Availability } from "../../../_figures/availability.tsx";
import { Fencing } from "../../../_figures/fencing.tsx";
import { PartitionExplorer } from "../../../_figures/partition-explorer.tsx";
import { Precopy } from "../../../_figures/precopy.tsx";
import { SharedDisk } from "../../../_figures/shared-disk.tsx";
import { SplitBrain } from "../../../_figures/split-brain.tsx";
import { TokenRing } from "../../../_figures/token-ring.tsx";
import { CourseSearch } from "../../../_search/course-search.tsx";
import { reader } from "../../../_words/reader.ts";

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await reader()).words("home.figures") };
}

/** Every figure of the course on one page, for a projector and for paper. */
export default async function FiguresPage({ params }: { params: Promise<{ course: string }> }) {
  await askedBy("/learn/[course]/figures");
  const { words, chosen, language } = await reader();
  const course = (await webRuntime().courses()).course((await params).course);
  if (course === undefined) notFound();
  return (
    <PageFrame
      className="max-w-[43rem] grow px-4 pt-10 pb-16"
      search={<CourseSearch course={course.id} language={chosen} />}
    >
      <h1 className="text-title">{words("home.figures")}</h1>
      <p className="mt-2 max-w-[60ch] text-quiet">
        {words("figures.text")}
        {language !== "en" && ` ${words("figures.in-english")}`}
      </p>
      {/* A figure's texts are set as in a chapter. */}
      <div className="chapter-text" lang="en">
        <PartitionExplorer />
        <Precopy />
        <TokenRing />
        <SplitBrain />
        <SharedDisk />
        <Fencing />
        <Alternatives />
        <Availability />
      </div>
    </PageFrame>
  );
}
