/** `npm run build`: every chapter checked and compiled, then the pages. A mistake in either ends it with exit 1. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { builtDirectory } from "../content/pipeline/built-chapters.ts";
import { readingMinutes, sittings, sumOfMinutes } from "../content/pipeline/course-time.ts";
import { loadCourses } from "../content/pipeline/courses.ts";
import { buildPages } from "../server/build.ts";
import { StartRefused } from "../server/start-refused.ts";

const project = fileURLToPath(new URL("../", import.meta.url));

try {
  const courses = await loadCourses({
    contentDirectory: join(project, "content"),
    cacheDirectory: builtDirectory,
  });
  for (const { id, chapters } of courses.all()) {
    const core = chapters.filter((chapter) => chapter.core);
    const all = `${chapters.length} chapters, ${sumOfMinutes(chapters)} minutes`;
    console.log(`${id}: ${all}; the core path ${sumOfMinutes(core)} minutes`);
    for (const [at, sitting] of sittings(core).entries()) {
      const numbers = sitting.map(({ number }) => number).join(", ");
      console.log(`  sitting ${at + 1}: chapters ${numbers}, ${sumOfMinutes(sitting)} minutes`);
    }
    for (const { number, title, minutes, texts, steps } of chapters) {
      const { words, questions } = texts.en!.outline;
      const reading = `${readingMinutes(words)} to read`;
      const facts = `${minutes} min, ${reading}, ${steps.length} steps, ${questions.length} questions`;
      console.log(`  ${String(number).padStart(2)} ${title}: ${facts}`);
    }
  }
  const built = await buildPages((line) => console.log(line));
  if (!built) console.log("The pages are built already.");
} catch (error) {
  const own = error instanceof StartRefused || (error instanceof Error && error.name.startsWith("Content"));
  console.error(own ? error.message : error);
  process.exitCode = 1;
}
