/** When a class meets, as forms send it: wall times of its zone, empty for not said. */
import { z } from "zod";
import { instantIn, isTimeZone } from "../../../classroom/class-time.ts";

const wallTime = z.string().max(30).default("");

export const classDates = z.strictObject({ timeZone: z.string().max(80), startsAt: wallTime, endsAt: wallTime });

/** @returns the instants, or what is wrong in a sentence */
export function datesOf(
  form: z.infer<typeof classDates>,
): { startsAt: Date | null; endsAt: Date | null } | { problem: string } {
  const { timeZone } = form;
  if (!isTimeZone(timeZone)) return { problem: "The time zone is not known; it is written like Africa/Nairobi." };
  const startsAt = form.startsAt === "" ? null : instantIn(form.startsAt, timeZone);
  const endsAt = form.endsAt === "" ? null : instantIn(form.endsAt, timeZone);
  if (startsAt === undefined || endsAt === undefined) {
    return { problem: "A date or a time of day is not complete. Fill both in, or leave both empty." };
  }
  if (startsAt && endsAt && endsAt <= startsAt)
    return { problem: "The class ends before it begins. Correct the dates." };
  return { startsAt, endsAt };
}
