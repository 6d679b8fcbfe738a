/** One line of the answer while labs of a class are put into another state. */
export interface LabsChanging {
  done: number;
  of: number;
  /** Whose lab was it: a student's, or a group's. */
  name: string;
  /** Why it stayed as it was. */
  problem?: string;
}
