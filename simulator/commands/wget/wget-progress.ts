/** What wget shows of a transfer's size and pace. @source wget 1.21.3, its own output */

const ROW = 50;
const KIB = 1_024;

/** `98K`, `1.5M`: as behind a length. */
export function sizeText(bytes: number): string {
  let value = bytes;
  let unit = "";
  for (const next of ["K", "M", "G"]) {
    if (value < KIB) break;
    value /= KIB;
    unit = next;
  }
  return `${value < 10 && unit !== "" ? value.toFixed(1) : String(Math.round(value))}${unit}`;
}

function pace(bytes: number, ms: number): { value: string; unit: "" | "K" | "M" | "G" } {
  let rate = (bytes * 1_000) / ms;
  let unit: "" | "K" | "M" | "G" = "";
  for (const next of ["K", "M", "G"] as const) {
    if (rate < KIB) break;
    rate /= KIB;
    unit = next;
  }
  return { value: rate.toFixed(rate >= 99.95 ? 0 : rate >= 9.995 ? 1 : 2), unit };
}

/** `2.02 MB/s` */
export function rateText(bytes: number, ms: number): string {
  const { value, unit } = pace(bytes, ms);
  return `${value} ${unit}B/s`;
}

/** Rows of dots, one for each KiB. */
export function dottedProgress(bytes: number, ms: number): string {
  const { value, unit } = pace(bytes, ms);
  const speed = `${value}${unit}`.padStart(5);
  const dots = Math.floor(bytes / KIB);
  const rows: string[] = [];
  for (let at = 0; at === 0 || at * KIB < bytes; at += ROW) {
    const here = Math.max(0, Math.min(ROW, dots - at));
    const groups = [0, 1, 2, 3, 4].map(
      (group) => ` ${".".repeat(Math.max(0, Math.min(10, here - group * 10))).padEnd(10)}`,
    );
    const until = Math.min(bytes, (at + ROW) * KIB);
    const percent = bytes === 0 ? 100 : Math.floor((until * 100) / bytes);
    const last = until >= bytes;
    const seconds = ms < 10 ? "0s" : `${Number((ms / 1_000).toPrecision(1))}s`;
    rows.push(
      `${String(at).padStart(6)}K${groups.join("")}${String(percent).padStart(3)}% ${speed}${last ? `=${seconds}` : " 0s"}\n`,
    );
  }
  return rows.join("");
}
