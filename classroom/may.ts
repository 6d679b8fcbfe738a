/**
 * Permission: the one question asked by every page, route handler, job and socket event.
 *
 * Pure: what it needs to know about the thing asked for arrives with the question. `permit.ts` looks that up;
 * `rules.ts` says which question each route and event asks.
 */
import { LOCAL_LEARNER_ID, type Person } from "./person.ts";

/** Everything that anybody can ask for. */
export const actions = [
  /** Pages and files that say nothing about anybody: sign-in, health. */
  "see-public",
  /** The home page and the text of a course. */
  "read-course",
  /** Read what the course tells whoever teaches it. */
  "read-notes",
  /** Have a lab of one's own and see one's own progress. */
  "learn",
  /** Look at a lab: its progress, its picture. */
  "see-lab",
  /** Type in a lab's terminals, ask for a check. */
  "use-lab",
  /** Change a lab's surroundings: power, cables. */
  "fault-lab",
  /** Attach to a terminal that is open. */
  "use-terminal",
  /** Ask the owner of a terminal to look at it, and to help in it. */
  "watch-terminal",
  /** Believe another host key of a node from now on. */
  "trust-host-key",
  /** See the recordings of a lab or a class, replay or delete one: whose they are, and who teaches the class. */
  "see-recording",
  /** See the list of one's classes and make a new one. */
  "teach",
  /** Ask for help in a class, read what is said to it. */
  "attend-class",
  /** See a class's board, change the class, export its results. */
  "teach-class",
  /** Say who teaches on this server. */
  "run-server",
  /** Figures about the server. */
  "see-metrics",
] as const;

export type Action = (typeof actions)[number];

/** Who asks: a person, or undefined for a visitor who is not signed in. */
export type Who = Person | undefined;

/** What is asked for, as far as the action needs it. */
export interface What {
  /** The lab is the asker's own or their group's; false for a lab that does not exist. */
  ownLab?: boolean;
  /** The terminal was opened by the asker. */
  ownTerminal?: boolean;
  /** The recording is of the asker's terminal. */
  ownRecording?: boolean;
  /** The asker teaches the class that the lab belongs to. */
  teachesLab?: boolean;
  /** The asker is instructor or co-instructor of the class; false for a class that does not exist. */
  teachesClass?: boolean;
  /** The asker is a student of the class; false for a class that does not exist or is archived. */
  attendsClass?: boolean;
}

type Rule = (who: Person, what: What) => boolean;

const signedIn: Rule = () => true;
const ownLab: Rule = (_who, what) => what.ownLab === true;

const rules: Record<Exclude<Action, "see-public">, Rule> = {
  "read-course": signedIn,
  // A learner who is alone is their own teacher.
  "read-notes": (who) => who.role !== "student" || who.id === LOCAL_LEARNER_ID,
  learn: signedIn,
  // Whoever teaches sees how a student's cluster stands; what is on a terminal needs consent.
  "see-lab": (who, what) => what.ownLab === true || (who.role !== "student" && what.teachesLab === true),
  "use-lab": ownLab,
  "fault-lab": ownLab,
  // A terminal is its opener's: a group shares the lab, not the keyboards.
  "use-terminal": (_who, what) => what.ownLab === true && what.ownTerminal !== false,
  // Whoever teaches may ask; the owner decides.
  "watch-terminal": (who, what) => who.role !== "student" && what.teachesLab === true && what.ownTerminal !== true,
  // Whoever teaches the class; outside of one its owner, unless they are a student.
  "trust-host-key": (who, what) => who.role !== "student" && (what.teachesLab === true || what.ownLab === true),
  "see-recording": (who, what) =>
    what.ownRecording === true || what.ownLab === true || (who.role !== "student" && what.teachesClass === true),
  teach: (who) => who.role !== "student",
  "attend-class": (_who, what) => what.attendsClass === true,
  "teach-class": (who, what) =>
    who.role === "administrator" || (who.role === "instructor" && what.teachesClass === true),
  "run-server": (who) => who.role === "administrator",
  "see-metrics": (who) => who.role === "administrator",
};

/** Whether `who` may do `action` to `what`. Nobody may do anything without a rule. */
export function may(who: Who, action: Action, what: What = {}): boolean {
  if (action === "see-public") return true;
  return who !== undefined && rules[action](who, what);
}
