import { z } from "zod";
import { KEPT_DAYS } from "../../../database/recordings.ts";

/** Whether a class records terminals, and for how many days after their end recordings are kept. */
export const recordingSetting = z.strictObject({
  on: z.boolean(),
  keptDays: z.int().min(KEPT_DAYS.least).max(KEPT_DAYS.most).default(KEPT_DAYS.unlessSaid),
});
