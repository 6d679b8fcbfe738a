import { z } from "zod";
import type { QuestionKey } from "../../../content/pipeline/chapter-questions.ts";
import type { CompiledText } from "../../../content/pipeline/compile-chapter.ts";
import { type JudgedAnswer, judgeAnswer } from "../../../content/pipeline/judge-answer.ts";
import { learnerNote } from "../learner-note.ts";

const body = z.strictObject({
  course: z.string().max(80),
  chapter: z.string().max(80),
  question: z.string().max(80),
  /** Of the text that asked; its choices may be worded in another order in another language. */
  language: z.string().max(5).default("en"),
  given: z.union([
    z.strictObject({ choices: z.array(z.int().min(0).max(20)).min(1).max(20) }),
    z.strictObject({ number: z.number() }),
  ]),
  /** Judge again what was predicted, without storing another answer. */
  again: z.boolean().default(false),
});

/** An answer to a question of the text: judged here, where the key is, and stored like an attempt. */
export async function POST(request: Request): Promise<Response> {
  let judged: JudgedAnswer | undefined;
  const stored = await learnerNote(request, body, async ({ database, person, classId, course, chapter, note }) => {
    const text = chapter.texts[note.language] ?? chapter.texts.en;
    const key = text && questionOf(text, note.question);
    if (text === undefined || key === undefined) return { refused: "refused.no-question" };
    const chapterKey = `${course.id}/${chapter.id}`;
    const passes = key.after === undefined ? [] : await database.stepPasses.ofPerson(person.id, chapterKey);
    const passed = passes.some(({ stepKey }) => stepKey === `${chapterKey}/${key.after}`);
    judged = judgeAnswer(key, note.given, passed);
    if (judged === undefined) return { refused: "refused.no-answer" };
    if (note.again) return undefined;
    await database.answers.add({
      personId: person.id,
      classId,
      key: `${chapterKey}/${key.id}`,
      given: note.given,
      outcome: judged.outcome,
      contentHash: text.hash,
    });
    return undefined;
  });
  return stored.status === 204 ? Response.json(judged) : stored;
}

function questionOf(text: CompiledText, id: string): QuestionKey | undefined {
  return text.outline.questions.find((question) => question.id === id);
}
