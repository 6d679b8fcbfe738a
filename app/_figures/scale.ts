/**
 * From a value to a place on the drawing, and the round values that an axis names.
 *
 * What the figures need of a chart library, and no more: the library is as heavy as a whole figure with its model.
 */
export interface Scale {
  (value: number): number;
  /** Round values inside the domain, about as many as asked for. */
  ticks(count: number): number[];
}

type Interval = readonly [from: number, to: number];

/** @param domain two different values; a place outside of it is drawn outside, too */
export function linearScale([from, to]: Interval, [start, end]: Interval): Scale {
  const place = (value: number) => start + ((value - from) / (to - from)) * (end - start);
  return Object.assign(place, { ticks: (count: number) => roundValues(from, to, count) });
}

/** Equal ratios are equally far apart; a value outside of the domain is drawn at its end. @param domain above 0 */
export function logScale([from, to]: Interval, [start, end]: Interval): (value: number) => number {
  const whole = Math.log(to / from);
  return (value) => start + (Math.log(Math.min(to, Math.max(from, value)) / from) / whole) * (end - start);
}

function roundValues(from: number, to: number, count: number): number[] {
  const step = roundStep((to - from) / count);
  const first = Math.ceil(from / step);
  const last = Math.floor(to / step);
  return Array.from({ length: last - first + 1 }, (_, at) => (first + at) * step);
}

/** The 1, 2 or 5 times a power of ten that is nearest, measured by ratio. */
function roundStep(about: number): number {
  const power = 10 ** Math.floor(Math.log10(about));
  const rest = about / power;
  if (rest >= Math.sqrt(50)) return 10 * power;
  if (rest >= Math.sqrt(10)) return 5 * power;
  return rest >= Math.sqrt(2) ? 2 * power : power;
}
