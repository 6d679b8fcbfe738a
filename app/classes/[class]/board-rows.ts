/** Which students a board shows, and in which order. */
import type { BoardStudent } from "../../../gateway/protocol.ts";

export type BoardOrder = "seat" | "name" | "group" | "least";
export type BoardShow = "all" | "help" | "stuck" | "here" | "away";

export interface BoardChoice {
  order: BoardOrder;
  show: BoardShow;
  /** Ids of students who wait for help. */
  waiting: ReadonlySet<string>;
}

/** @param students in the order of their seats */
export function boardRows(students: readonly BoardStudent[], { order, show, waiting }: BoardChoice): BoardStudent[] {
  const rows = students.filter((student) => {
    if (show === "help") return waiting.has(student.id);
    if (show === "stuck") return student.cells.some((cell) => cell.stuck);
    if (show === "here") return student.present;
    return show === "all" || !student.present;
  });
  if (order === "name") rows.sort((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }));
  if (order === "group")
    rows.sort((a, b) => (a.group ?? "\uffff").localeCompare(b.group ?? "\uffff", undefined, { numeric: true }));
  if (order === "least") rows.sort((a, b) => passes(a) - passes(b));
  return rows;
}

/**
 * The students with the cells that say something: one look at a lab judges every step of the chapter, so that those after
 * the first open one are not yet for everybody.
 *
 * @param steps `chapter/step` in the order of the course
 */
export function reachedCells(students: readonly BoardStudent[], steps: readonly string[]): BoardStudent[] {
  return students.map((student) => {
    const cells = new Map(student.cells.map((cell) => [cell.step, cell]));
    const opened = new Set<string>();
    for (const step of steps) {
      const cell = cells.get(step);
      const chapter = step.split("/")[0] ?? "";
      if (cell && cell.state !== "passed" && cell.state !== "working" && !cell.stuck && opened.has(chapter)) {
        cells.delete(step);
      }
      if (cell && cell.state !== "passed") opened.add(chapter);
    }
    return { ...student, cells: [...cells.values()] };
  });
}

const passes = ({ cells }: BoardStudent) => cells.filter(({ state }) => state === "passed").length;
