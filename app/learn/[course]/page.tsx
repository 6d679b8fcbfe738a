import { notFound, redirect } from "next/navigation";
import { webRuntime } from "../../../server/web-runtime.ts";
import { askedBy } from "../../_components/asked-by.ts";
import { progressOf } from "../../_home/progress.ts";

/** A course's own address leads to the chapter where the learner was last. */
export default async function CoursePage({ params }: { params: Promise<{ course: string }> }) {
  const runtime = webRuntime();
  const person = await askedBy("/learn/[course]");
  const course = (await runtime.courses()).course((await params).course);
  if (course === undefined) notFound();
  redirect((await progressOf(runtime.database, person, course, "en")).resume.href);
}
