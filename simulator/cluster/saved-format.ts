/**
 * Saved labs of older versions become labs of this one: a step for each change of shape, then what is missing is added.
 *
 * A step is written once, when `LAB_FORMAT` is raised, and never edited again: it knows the shape of its day and not
 * this version's types. `simulator/recordings/saves` keeps saves that older versions really wrote; a test opens each.
 */
import { completeLab } from "./complete-lab.ts";
import { LAB_FORMAT, type LabState } from "./state.ts";

/** A saved lab whose shape changed: plain data, known only by its step. */
type SavedLab = { format: number } & Record<string, unknown>;

/** By the format that a step starts from; the step leaves format + 1 behind. */
const STEPS: Record<number, (lab: SavedLab) => void> = {};

/** Why a saved value is no lab that this version can read. */
export class UnknownFormat extends Error {
  override name = "UnknownFormat";
}

/**
 * Bring a saved lab to this version's format, in place.
 *
 * @param steps by the format that each starts from; another table only in tests
 * @throws UnknownFormat for one of a newer version, of a format without a step, or for something that is no lab
 */
export function toPresentFormat(saved: unknown, steps = STEPS, present = LAB_FORMAT): LabState {
  if (typeof saved !== "object" || saved === null || !("format" in saved) || !("nodes" in saved)) {
    throw new UnknownFormat("is not a lab");
  }
  const lab = saved as SavedLab;
  if (lab.format > present) throw new UnknownFormat(`has format ${lab.format}, this version reads up to ${present}`);
  while (lab.format !== present) {
    const step = steps[lab.format];
    if (!step) throw new UnknownFormat(`has format ${lab.format}, this version reads ${present}`);
    step(lab);
    lab.format += 1;
  }
  return completeLab(saved as unknown as LabState);
}
