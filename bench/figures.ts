/** Percentiles, and the table of what was measured beside what was promised. */

export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export const median = (values: readonly number[]) => percentile(values, 0.5);

export interface Figure {
  name: string;
  value: number;
  unit: string;
  /** What the issue asks for; absent for a figure that only informs. */
  atMost?: number;
  atLeast?: number;
}

export function reached({ value, atMost, atLeast }: Figure): boolean | undefined {
  if (atMost === undefined && atLeast === undefined) return undefined;
  return value <= (atMost ?? Number.POSITIVE_INFINITY) && value >= (atLeast ?? Number.NEGATIVE_INFINITY);
}

export function tableOf(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => {
    const target =
      figure.atMost !== undefined ? `<= ${figure.atMost}` : figure.atLeast !== undefined ? `>= ${figure.atLeast}` : "";
    const verdict = reached(figure);
    return [
      figure.name,
      `${round(figure.value)} ${figure.unit}`.trim(),
      target,
      verdict === undefined ? "" : verdict ? "reached" : "MISSED",
    ];
  });
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** The same as a table for docs/. */
export function markdownOf(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => {
    const { name, value, unit, atLeast, atMost } = figure;
    const least = atLeast === undefined ? "" : `at least ${atLeast}`;
    const most = atMost === undefined ? "" : `at most ${atMost}`;
    const asked = atLeast !== undefined && atLeast === atMost ? `${atLeast}` : `${least}${most}`;
    return `| ${name} | ${asked} | ${`${round(value)} ${unit}`.trim()}${reached(figure) === false ? " **missed**" : ""} |`;
  });
  return ["| figure | asked | measured |", "| --- | --- | --- |", ...rows].join("\n");
}

export const round = (value: number) => (Math.abs(value) >= 100 ? Math.round(value) : Math.round(value * 100) / 100);
