/** A class's own time: what its form and its sentences say, in the zone where it meets. */

/** `2026-12-01T09:00`, as a form's field for date and time gives it. */
export type WallTime = string;

const wallShape = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})(?::\d{2})?$/;

/**
 * The instant at which clocks in a zone show this.
 *
 * Shown twice (when summer time ends), the first is meant; never shown (when it begins), as if it had not begun yet.
 *
 * @param timeZone IANA name, known
 * @returns undefined for what is no date and time
 */
export function instantIn(wall: WallTime, timeZone: string): Date | undefined {
  const parts = wallShape.exec(wall)?.slice(1).map(Number);
  if (!parts) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0] = parts;
  const asUtc = Date.UTC(year, month - 1, day, hour, minute);
  if (Number.isNaN(asUtc) || wallTimeIn(new Date(asUtc), "UTC") !== wall.slice(0, 16)) return undefined;
  // The offset a day before and a day after: at most one change of clocks lies between.
  const candidates = [-1, 1].map((days) => asUtc - offsetMs(asUtc + days * 86_400_000, timeZone));
  const shown = candidates.filter((at) => wallTimeIn(new Date(at), timeZone) === wall.slice(0, 16));
  return new Date(shown.length > 0 ? Math.min(...shown) : candidates[0]!);
}

/** What clocks in a zone show at an instant. */
export function wallTimeIn(at: Date, timeZone: string): WallTime {
  const parts = new Intl.DateTimeFormat("en-GB", {
    ...{ timeZone, year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" },
    hourCycle: "h23",
  }).formatToParts(at);
  const of = (type: string) => parts.find((part) => part.type === type)?.value ?? "";
  return `${of("year").padStart(4, "0")}-${of("month")}-${of("day")}T${of("hour")}:${of("minute")}`;
}

function offsetMs(atMs: number, timeZone: string): number {
  return Date.parse(`${wallTimeIn(new Date(atMs), timeZone)}Z`) - Math.floor(atMs / 60_000) * 60_000;
}

/** `Tuesday 1 December 2026, 09:00 (Africa/Nairobi)`. */
export function timeInWords(at: Date, timeZone: string, locale = "en-GB"): string {
  return `${dayInWords(at, timeZone, locale)}, ${clockInWords(at, timeZone)} (${timeZone})`;
}

/** When a class meets, as what a sentence is made of; undefined when its dates are not said. */
export function meeting(
  dates: { startsAt: Date | null; endsAt: Date | null },
  timeZone: string,
  locale = "en-GB",
): { kind: "until" | "from" | "between"; from: string; to: string } | undefined {
  const { startsAt, endsAt } = dates;
  const from = startsAt ? timeInWords(startsAt, timeZone, locale) : "";
  const to = endsAt ? timeInWords(endsAt, timeZone, locale) : "";
  if (!startsAt) return endsAt ? { kind: "until", from, to } : undefined;
  if (!endsAt) return { kind: "from", from, to };
  const [day, lastDay] = [startsAt, endsAt].map((at) => dayInWords(at, timeZone, locale));
  const begins = `${day}, ${clockInWords(startsAt, timeZone)}`;
  return day === lastDay
    ? { kind: "between", from: begins, to: `${clockInWords(endsAt, timeZone)} (${timeZone})` }
    : { kind: "between", from: begins, to };
}

/** The same in English. */
export function meetingInWords(
  dates: { startsAt: Date | null; endsAt: Date | null },
  timeZone: string,
): string | undefined {
  const found = meeting(dates, timeZone);
  if (found === undefined) return undefined;
  return found.kind === "between" ? `${found.from} to ${found.to}` : `${found.kind} ${found.from}${found.to}`;
}

export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

function dayInWords(at: Date, timeZone: string, locale: string): string {
  const day = { weekday: "long", day: "numeric", month: "long", year: "numeric" } as const;
  return new Intl.DateTimeFormat(locale, { timeZone, ...day }).format(at).replace(",", "");
}

function clockInWords(at: Date, timeZone: string): string {
  return wallTimeIn(at, timeZone).slice(11);
}
