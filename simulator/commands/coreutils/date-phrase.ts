/**
 * Dates as people write them, for `date -d`, `touch -d` and `find -newermt`: items in any order, of which each kind may
 * come once but for relative ones, which add up. Without a zone in it a date is local time.
 *
 * @source GNU coreutils manual, Date input formats
 */
import {
  instantOfLocal,
  localOfInstant,
  UTC,
  type Zone,
  zoneOfVariable,
} from "../../cluster/node-settings/zone-time.ts";

const MONTHS = "january february march april may june july august september october november december".split(" ");
const DAYS = "sunday monday tuesday wednesday thursday friday saturday".split(" ");
/** How many weeks, months, ... on. */
const ORDINALS: Record<string, number> = {
  last: -1,
  this: 0,
  next: 1,
  first: 1,
  third: 3,
  fourth: 4,
  fifth: 5,
  sixth: 6,
  seventh: 7,
  eighth: 8,
  ninth: 9,
  tenth: 10,
  eleventh: 11,
  twelfth: 12,
};
const SECONDS: Record<string, number> = {
  fortnight: 1_209_600,
  week: 604_800,
  day: 86_400,
  hour: 3_600,
  minute: 60,
  min: 60,
  second: 1,
  sec: 1,
};
/** Zones by name, in minutes east. */
const ZONES: Record<string, number> = {
  utc: 0,
  ut: 0,
  gmt: 0,
  z: 0,
  wet: 0,
  cet: 60,
  met: 60,
  eet: 120,
  msk: 180,
  est: -300,
  cst: -360,
  mst: -420,
  pst: -480,
  edt: -240,
  cdt: -300,
  mdt: -360,
  pdt: -420,
};

interface Read {
  date?: { year: number; month: number; day: number };
  time?: { hour: number; minute: number; second: number; fraction: number };
  zone?: number;
  weekday?: { day: number; ordinal: number };
  /** Months and seconds that are added; years are months. */
  months: number;
  seconds: number;
  relative: boolean;
}

/** The instant that a phrase names, in milliseconds since 1970; undefined when it cannot be read. */
export function parseDate(text: string, nowMs: number, zone: Zone = UTC): number | undefined {
  const seconds = /^\s*@(-?\d+(?:[.,]\d+)?)\s*$/.exec(text)?.[1];
  if (seconds !== undefined) return Number(seconds.replace(",", ".")) * 1000;
  const read: Read = { months: 0, seconds: 0, relative: false };
  const named = /^\s*TZ="([^"]*)"/.exec(text);
  const here = named ? zoneOfVariable(named[1]!) : zone;
  let rest = text.slice(named?.[0].length ?? 0).replace(/\([^()]*\)/g, " ");
  const localMs = localOfInstant(here, nowMs);
  for (;;) {
    rest = rest.replace(/^[\s,]+/, "");
    if (rest === "") break;
    const left = item(rest, read, new Date(localMs));
    if (left === undefined) return undefined;
    rest = left;
  }
  const at = instantOf(read, localMs, text.trim() === "");
  // With a zone of its own it is an instant; without, a time on the clocks here.
  if (read.zone !== undefined) return at;
  // What only moves on from now does so on the clock that runs on through a change.
  const movesOn = !read.date && !read.time && !read.weekday && text.trim() !== "" && read.months === 0;
  return movesOn ? nowMs + (at - localMs) : instantOfLocal(here, at);
}

/**
 * The instant that digits name, local time: `MMDDhhmm`, a year of two or four digits beside them, `.ss` behind all.
 *
 * @param year where it stands: first for `touch -t`, last for `date`
 * @returns milliseconds since 1970; undefined when it cannot be read
 * @source gnulib posixtm.c
 */
export function stampedDate(text: string, year: "first" | "last", nowMs: number, zone: Zone): number | undefined {
  const found = /^(\d{8}(?:\d\d){0,2})(?:\.(\d\d))?$/.exec(text);
  if (!found) return undefined;
  const [, digits = "", second = "00"] = found;
  const at = year === "first" ? digits.length - 8 : 0;
  const [month, day, hour, minute] = digits.slice(at, at + 8).match(/../g)!;
  const given = year === "first" ? digits.slice(0, at) : digits.slice(8);
  const full = given === "" ? new Date(localOfInstant(zone, nowMs)).getUTCFullYear() : fullYear(given);
  return parseDate(`${String(full).padStart(4, "0")}-${month}-${day} ${hour}:${minute}:${second}`, nowMs, zone);
}

/** Read what the text begins with. @returns what is left, undefined when it is nothing known or comes twice */
function item(text: string, read: Read, now: Date): string | undefined {
  for (const reader of READERS) {
    const found = reader.shape.exec(text);
    if (!found) continue;
    const known = reader.read(found, read, now);
    if (known === "other") continue;
    return known === "bad" ? undefined : text.slice(found[0].length);
  }
  return undefined;
}

interface Reader {
  shape: RegExp;
  read(found: RegExpExecArray, into: Read, now: Date): "taken" | "bad" | "other";
}

const setDate = (into: Read, year: number, month: number, day: number): "taken" | "bad" => {
  if (into.date || month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return "bad";
  into.date = { year, month, day };
  return "taken";
};

function daysIn(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}

/** Two digits are of this century up to 68. */
function fullYear(text: string): number {
  const year = Number(text);
  return text.length > 2 ? year : year < 69 ? 2000 + year : 1900 + year;
}

function monthOf(word: string): number {
  const lower = word.toLowerCase().replace(/\.$/, "");
  if (lower.length < 3) return 0;
  return (
    MONTHS.findIndex(
      (name) => name === lower || name.slice(0, 3) === lower || (lower === "sept" && name === "september"),
    ) + 1
  );
}

const READERS: Reader[] = [
  {
    // 2024-05-06, with a time behind a T or not
    shape: /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[Tt](?=\d)|(?!\d))/,
    read: (found, into) => setDate(into, Number(found[1]), Number(found[2]), Number(found[3])),
  },
  {
    shape: /^(\d{4})\/(\d{1,2})\/(\d{1,2})(?!\d)/,
    read: (found, into) => setDate(into, Number(found[1]), Number(found[2]), Number(found[3])),
  },
  {
    shape: /^(\d{1,2})\/(\d{1,2})(?:\/(\d{2,4}))?(?!\d)/,
    read: (found, into, now) =>
      setDate(into, found[3] ? fullYear(found[3]) : now.getUTCFullYear(), Number(found[1]), Number(found[2])),
  },
  {
    shape: /^(\d{1,2})[-\s]*([A-Za-z]{3,9}\.?)(?:[-\s,]+(\d{4}|\d{2})(?![\d:]))?/,
    read: (found, into, now) => {
      const month = monthOf(found[2]!);
      if (month === 0) return "other";
      return setDate(into, found[3] ? fullYear(found[3]) : now.getUTCFullYear(), month, Number(found[1]));
    },
  },
  {
    shape: /^([A-Za-z]{3,9}\.?)[-\s]+(\d{1,2})(?![\d:])(?:[-\s,]+(\d{4})(?![\d:]))?/,
    read: (found, into, now) => {
      const month = monthOf(found[1]!);
      if (month === 0) return "other";
      return setDate(into, found[3] ? Number(found[3]) : now.getUTCFullYear(), month, Number(found[2]));
    },
  },
  {
    shape: /^(\d{1,2})(?::(\d{2}))?(?::(\d{2})(?:[.,](\d+))?)?\s*([ap])\.?m\.?(?![a-z])/i,
    read: (found, into) => {
      const hour = Number(found[1]);
      if (hour < 1 || hour > 12) return "bad";
      return setTime(into, (hour % 12) + (found[5]!.toLowerCase() === "p" ? 12 : 0), found[2], found[3], found[4]);
    },
  },
  {
    shape: /^(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d+))?)?(?!\d)/,
    read: (found, into) => setTime(into, Number(found[1]), found[2], found[3], found[4]),
  },
  {
    // A zone right behind a time, even where hours are meant: +02:00, -0530, +2
    shape: /^(?:utc|gmt)?([-+])\s*(\d{1,2})(?::?(\d{2}))?(?![\d:])/i,
    read: (found, into) => {
      if (!into.time || into.zone !== undefined) return "other";
      const minutes = Number(found[2]) * 60 + Number(found[3] ?? 0);
      into.zone = found[1] === "-" ? -minutes : minutes;
      return "taken";
    },
  },
  {
    shape: /^(\d{4})(\d{2})(\d{2})(?!\d)/,
    read: (found, into) => setDate(into, Number(found[1]), Number(found[2]), Number(found[3])),
  },
  {
    // 3 days ago, +2 weeks, next month, a year
    shape: /^([-+]?\s*\d+)?\s*([a-z]+)(?:\s+(ago|hence)\b)?/i,
    read: (found, into) => {
      const unit = found[2]!.toLowerCase().replace(/s$/, "");
      const count = Number((found[1] ?? "1").replace(/\s/g, ""));
      return added(into, unit, found[3]?.toLowerCase() === "ago" ? -count : count);
    },
  },
  {
    shape: /^([a-z]+)\s+([a-z]+)(?:\s+(ago)\b)?/i,
    read: (found, into) => {
      const count = ORDINALS[found[1]!.toLowerCase()];
      if (count === undefined) return "other";
      const day = weekdayOf(found[2]!);
      if (day >= 0) {
        if (into.weekday) return "bad";
        into.weekday = { day, ordinal: count };
        return "taken";
      }
      return added(into, found[2]!.toLowerCase().replace(/s$/, ""), found[3] ? -count : count);
    },
  },
  {
    shape: /^[a-z]+\.?/i,
    read: (found, into) => {
      const word = found[0].toLowerCase().replace(/\.$/, "");
      const day = weekdayOf(word);
      if (day >= 0) {
        if (into.weekday) return "bad";
        into.weekday = { day, ordinal: 0 };
        return "taken";
      }
      if (word === "now" || word === "today") {
        into.relative = true;
        return "taken";
      }
      if (word === "tomorrow" || word === "yesterday") return added(into, "day", word === "tomorrow" ? 1 : -1);
      if (ZONES[word] !== undefined && into.zone === undefined) {
        into.zone = ZONES[word];
        return "taken";
      }
      return "bad";
    },
  },
  {
    // An hour and minutes; behind those a year.
    shape: /^(\d{4})(?!\d)/,
    read: (found, into) => {
      if (into.date && into.time) {
        into.date.year = Number(found[1]);
        return "taken";
      }
      return setTime(into, Number(found[1]!.slice(0, 2)), found[1]!.slice(2), undefined, undefined);
    },
  },
];

function weekdayOf(word: string): number {
  const lower = word.toLowerCase();
  if (lower.length < 3) return -1;
  return DAYS.findIndex(
    (day) =>
      day === lower ||
      day.slice(0, 3) === lower ||
      (["tues", "wednes", "thur", "thurs"].includes(lower) && day.startsWith(lower)),
  );
}

function setTime(
  into: Read,
  hour: number,
  minute: string | undefined,
  second: string | undefined,
  fraction: string | undefined,
): "taken" | "bad" {
  const time = {
    hour,
    minute: Number(minute ?? 0),
    second: Number(second ?? 0),
    fraction: Number(`0.${fraction ?? 0}`),
  };
  if (into.time || time.hour > 23 || time.minute > 59 || time.second > 59) return "bad";
  into.time = time;
  return "taken";
}

function added(into: Read, unit: string, count: number): "taken" | "other" {
  if (unit === "month") into.months += count;
  else if (unit === "year") into.months += 12 * count;
  else if (SECONDS[unit] !== undefined) into.seconds += SECONDS[unit] * count;
  else return "other";
  into.relative = true;
  return "taken";
}

function instantOf(read: Read, nowMs: number, isEmpty: boolean): number {
  const now = new Date(nowMs);
  const date = read.date ?? { year: now.getUTCFullYear(), month: now.getUTCMonth() + 1, day: now.getUTCDate() };
  // A day without a time begins at midnight; what only moves on from now keeps the time.
  const midnight = read.date !== undefined || read.weekday !== undefined || isEmpty;
  const dayMs = Date.UTC(date.year, date.month - 1 + read.months, date.day);
  const clockMs = read.time
    ? ((read.time.hour * 60 + read.time.minute) * 60 + read.time.second + read.time.fraction) * 1000
    : midnight
      ? 0
      : nowMs - Math.floor(nowMs / 86_400_000) * 86_400_000;
  let ms = dayMs + clockMs + read.seconds * 1000 - (read.zone ?? 0) * 60_000;
  // A date says which day it is.
  if (read.weekday && !read.date) {
    const { day, ordinal } = read.weekday;
    const ahead = (day - new Date(dayMs).getUTCDay() + 7) % 7;
    const weeks = ordinal > 0 && ahead !== 0 ? ordinal - 1 : ordinal;
    ms += (ahead + weeks * 7) * 86_400_000;
  }
  return ms;
}
