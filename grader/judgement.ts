/**
 * What a chapter was judged on, whole and in one piece: judged again by the same checks it gives the same verdicts.
 *
 * Kept compressed with every attempt. History and baseline differ little from the observation, so all of it together is
 * hardly larger than one. It holds what observations hold and nothing else: scrubbed when they were made.
 */
import { promisify } from "node:util";
import { brotliCompress, brotliDecompress, constants } from "node:zlib";
import { z } from "zod";
import type { CheckContext } from "./checks/check.ts";
import { type Observation, observation } from "./observation.ts";
import type { CheckVerdict } from "./verdict.ts";

export const JUDGEMENT_FORMAT = "quorate-judgement/1";

export const judgement = z.strictObject({
  format: z.literal(JUDGEMENT_FORMAT),
  /** `course/chapter`. */
  chapter: z.string(),
  contentHash: z.string(),
  graderVersion: z.string(),
  /** The learner's own values. */
  variables: z.record(z.string(), z.string()),
  /** Steps that had passed in this lab since the baseline. */
  passedSteps: z.array(z.string()),
  /** `step/check` -> what was found. */
  outcomes: z.record(z.string(), z.enum(["passed", "not-yet", "could-not-check"])),
  observation,
  baseline: observation.optional(),
  /** Earlier observations since the baseline, oldest first. */
  history: z.array(observation),
});
export type Judgement = z.infer<typeof judgement>;

export function judgementOf(
  chapter: { key: string; contentHash: string; graderVersion: string },
  context: CheckContext,
  verdicts: readonly CheckVerdict[],
): Judgement {
  return {
    format: JUDGEMENT_FORMAT,
    chapter: chapter.key,
    contentHash: chapter.contentHash,
    graderVersion: chapter.graderVersion,
    variables: { ...context.variables },
    passedSteps: [...(context.passedSteps ?? [])].sort(),
    outcomes: Object.fromEntries(
      verdicts.map(({ key, outcome }) => [key.slice(chapter.key.length + 1), outcome] as const),
    ),
    observation: context.observation,
    ...(context.baseline && { baseline: context.baseline }),
    history: [...context.history],
  };
}

/** What checks are given to judge it again. */
export function contextOf({ observation, baseline, history, variables, passedSteps }: Judgement): CheckContext & {
  observation: Observation;
} {
  return { observation, history, variables, passedSteps: new Set(passedSteps), ...(baseline && { baseline }) };
}

const compress = promisify(brotliCompress);
const decompress = promisify(brotliDecompress);
/** 4 MiB back: fifty observations of a large lab. More effort than 5 takes longer than it saves. */
const BROTLI = { [constants.BROTLI_PARAM_QUALITY]: 5, [constants.BROTLI_PARAM_LGWIN]: 22 };
/** No judgement is that large; one that says so is none. */
const BYTES_MAX = 64 * 1024 * 1024;

export async function packJudgement(value: Judgement): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await compress(JSON.stringify(value), { params: BROTLI }));
}

/** @throws ZodError or a system error when it is none, or of another format */
export async function unpackJudgement(body: Uint8Array): Promise<Judgement> {
  const text = await decompress(body, { maxOutputLength: BYTES_MAX });
  return judgement.parse(JSON.parse(text.toString("utf8")));
}
