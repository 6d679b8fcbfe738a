/** How long a course takes: to read a text, and in a classroom. */

/** Technical English, read by somebody whose first language it often is not. */
const WORDS_PER_MINUTE = 140;
/** One sitting in a classroom, without a break. */
export const SITTING_MINUTES = 120;

export function readingMinutes(words: number): number {
  return Math.round(words / WORDS_PER_MINUTE);
}

/** Chapters in their order, put into sittings; each sitting takes as many as fit. */
export function sittings<T extends { minutes: number }>(chapters: readonly T[]): T[][] {
  const made: T[][] = [];
  for (const chapter of chapters) {
    const last = made.at(-1);
    if (last && sumOfMinutes(last) + chapter.minutes <= SITTING_MINUTES) last.push(chapter);
    else made.push([chapter]);
  }
  return made;
}

export function sumOfMinutes(chapters: readonly { minutes: number }[]): number {
  return chapters.reduce((sum, { minutes }) => sum + minutes, 0);
}
