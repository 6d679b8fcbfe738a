/** Somebody who learns, teaches or runs the server, as the rest of Quorate knows them. */

export type Role = "student" | "instructor" | "administrator";

export interface Person {
  id: string;
  name: string;
  role: Role;
}

/** The one learner of self-paced mode; the id never changes, so that progress stays when classes come. */
export const LOCAL_LEARNER_ID = "local-learner";
