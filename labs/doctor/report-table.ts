/** The doctor's reports as text for a terminal. */
import { type Finding, type NodeReport, SUBJECT_TITLES, worstOf } from "./findings.ts";

const MARK = { good: "ok   ", look: "look ", wrong: "WRONG", unknown: "?    " } as const;

/** A line for each node, below it what is not well with its next move; all of it with `everything`. */
export function reportTable(reports: readonly NodeReport[], everything = false): string {
  const wide = Math.max(4, ...reports.map(({ seat, node }) => `${seat} / ${node}`.length));
  const lines = reports.flatMap((report) => {
    const head = `${MARK[worstOf(report.findings)]} ${`${report.seat} / ${report.node}`.padEnd(wide)}  ${report.host}`;
    const shown = report.findings.filter(({ health }) => everything || health !== "good");
    return [head, ...shown.flatMap(findingLines)];
  });
  const counts = Map.groupBy(reports, ({ findings }) => worstOf(findings));
  const count = (health: Finding["health"]) => counts.get(health)?.length ?? 0;
  const nodes = reports.length === 1 ? "1 node" : `${reports.length} nodes`;
  return [
    ...lines,
    `${nodes}: ${count("good")} well, ${count("look")} to look at, ${count("unknown")} unclear, ${count("wrong")} wrong`,
  ].join("\n");
}

function findingLines({ subject, health, seen, next }: Finding): string[] {
  const head = `        ${MARK[health]} ${SUBJECT_TITLES[subject]}: ${seen}`;
  return next === undefined ? [head] : [head, `              next: ${next}`];
}
