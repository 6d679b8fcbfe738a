/** Local time of a zone: by name, or by a rule as the variable TZ takes it. @source POSIX 8.3, TZ; glibc 2.36 */
import { ZONE_RULES } from "./zone-rules.ts";

export interface Zone {
  /** As somebody named it: `Europe/Berlin`. */
  name: string;
  /** At an instant, milliseconds since 1970: seconds east of Greenwich, and what the time is called. */
  at(wallMs: number): { offsetS: number; abbreviation: string };
}

export const UTC: Zone = { name: "UTC", at: () => ({ offsetS: 0, abbreviation: "UTC" }) };

let rules: ReadonlyMap<string, string> | undefined;

function rulesByName(): ReadonlyMap<string, string> {
  rules ??= new Map(
    ZONE_RULES.trim()
      .split("\n")
      .flatMap((line) => {
        const [rule = "", ...names] = line.split(" ");
        return names.map((name) => [name, rule] as const);
      }),
  );
  return rules;
}

/** All names, sorted. */
export function zoneNames(): string[] {
  return [...rulesByName().keys()].sort();
}

export function isZoneName(name: string): boolean {
  return rulesByName().has(name);
}

/** A zone by its name; undefined when there is none of it. */
export function zoneNamed(name: string): Zone | undefined {
  const rule = rulesByName().get(name);
  return rule === undefined ? undefined : zoneOfRule(name, rule);
}

/** What the variable TZ means: a zone, a rule, or UTC under what stands there where it is neither. */
export function zoneOfVariable(value: string): Zone {
  const text = value.replace(/^:/, "").replace(/^\/usr\/share\/zoneinfo\//, "");
  const known = zoneNamed(text) ?? zoneOfRule(text, text);
  if (known) return known;
  const abbreviation = /^[A-Za-z]{3,}/.exec(text)?.[0] ?? "UTC";
  return { name: text, at: () => ({ offsetS: 0, abbreviation }) };
}

/** The instant at which a zone's clocks show a time, which is given as if it were UTC's. */
export function instantOfLocal(zone: Zone, localMs: number): number {
  const guess = localMs - zone.at(localMs).offsetS * 1_000;
  return localMs - zone.at(guess).offsetS * 1_000;
}

/** What a zone's clocks show at an instant, as if it were UTC's. */
export function localOfInstant(zone: Zone, wallMs: number): number {
  return wallMs + zone.at(wallMs).offsetS * 1_000;
}

const NAME = "(?:<[A-Za-z0-9+-]+>|[A-Za-z]{3,})";
const OFFSET = "[+-]?\\d{1,3}(?::\\d\\d){0,2}";
const DAY = `(?:M\\d{1,2}\\.\\d\\.\\d|J?\\d{1,3})(?:/${OFFSET})?`;
const RULE = new RegExp(`^(${NAME})(${OFFSET})(?:(${NAME})(${OFFSET})?(?:,(${DAY}),(${DAY}))?)?$`);

function zoneOfRule(name: string, rule: string): Zone | undefined {
  const found = RULE.exec(rule);
  if (!found) return undefined;
  const [, standard = "", standardOffset = "", summer, summerOffset, begins = "M3.2.0", ends = "M11.1.0"] = found;
  const usual = { offsetS: -secondsOf(standardOffset), abbreviation: standard.replace(/[<>]/g, "") };
  if (summer === undefined) return { name, at: () => usual };
  const offsetS = summerOffset === undefined ? usual.offsetS + 3_600 : -secondsOf(summerOffset);
  const changed = { offsetS, abbreviation: summer.replace(/[<>]/g, "") };
  return {
    name,
    at: (wallMs) => {
      const year = new Date(wallMs + usual.offsetS * 1_000).getUTCFullYear();
      const from = changeMs(begins, year) - usual.offsetS * 1_000;
      const until = changeMs(ends, year) - changed.offsetS * 1_000;
      const isSummer = from < until ? wallMs >= from && wallMs < until : wallMs >= from || wallMs < until;
      return isSummer ? changed : usual;
    },
  };
}

/** `-1`, `3:30`, `+02:00:00`. */
function secondsOf(text: string): number {
  const [hours = 0, minutes = 0, seconds = 0] = text.replace(/^[+-]/, "").split(":").map(Number);
  return (text.startsWith("-") ? -1 : 1) * (hours * 3_600 + minutes * 60 + seconds);
}

/** When a change falls in a year, on the clocks as they are before it, as if they were UTC's. */
function changeMs(rule: string, year: number): number {
  const [day = "", time = "2"] = rule.split("/");
  return dayMs(day, year) + secondsOf(time) * 1_000;
}

const DAY_MS = 86_400_000;

function dayMs(day: string, year: number): number {
  const monthly = /^M(\d+)\.(\d)\.(\d)$/.exec(day);
  if (!monthly) {
    const number = Number(day.replace("J", ""));
    // A day with J counts from 1 and knows no 29 February.
    const isLeap = new Date(Date.UTC(year, 1, 29)).getUTCMonth() === 1;
    return Date.UTC(year, 0, 1) + (day.startsWith("J") ? number - (isLeap && number > 59 ? 0 : 1) : number) * DAY_MS;
  }
  const [month, week, weekday] = monthly.slice(1).map(Number) as [number, number, number];
  const first = Date.UTC(year, month - 1, 1);
  const upTo = (weekday - new Date(first).getUTCDay() + 7) % 7;
  let at = first + (upTo + (week - 1) * 7) * DAY_MS;
  while (new Date(at).getUTCMonth() !== month - 1) at -= 7 * DAY_MS;
  return at;
}
