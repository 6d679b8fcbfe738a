/** `may()` for the gateway: looks up whose lab it is, and remembers the answer for a while. */
import type { Database } from "../database/database.ts";
import { may } from "./may.ts";
import type { Person } from "./person.ts";
import { eventRules, gatewayRules } from "./rules.ts";

/** Milliseconds an owner is remembered: typing must not ask the database for each key, a removed lab ends soon. */
const rememberedMs = 10_000;
const rememberedMost = 10_000;

/**
 * What an event is about: a lab, with the owner of its terminal where it is about one, or a class, or a recording of
 * somebody's terminal in a class.
 */
export type EventSubject =
  | { labId: string; ownerId?: string }
  | { classId: string }
  | { recordingOf: string; classId: string };

/** @returns a function for socket events and the gateway's own addresses; one without a rule is never allowed */
export function permitEvents(database: Pick<Database, "labs" | "classes">) {
  const known = new Map<string, { own: boolean; untilMs: number }>();
  const ownsLab = async (labId: string, personId: string): Promise<boolean> => {
    const key = `${personId} ${labId}`;
    const found = known.get(key);
    if (found && found.untilMs > Date.now()) return found.own;
    const own = await database.labs.belongsTo(labId, personId);
    if (known.size >= rememberedMost) known.clear();
    known.set(key, { own, untilMs: Date.now() + rememberedMs });
    return own;
  };
  return async (who: Person, event: string, subject: EventSubject): Promise<boolean> => {
    const action = eventRules[event] ?? gatewayRules[event];
    if (action === undefined) return false;
    if ("classId" in subject) {
      const { classes } = database;
      return may(who, action, {
        ...(action === "attend-class"
          ? { attendsClass: await classes.isAttendedBy(subject.classId, who.id) }
          : { teachesClass: await classes.isTaughtBy(subject.classId, who.id) }),
        ...("recordingOf" in subject && { ownRecording: subject.recordingOf === who.id }),
      });
    }
    const own = await ownsLab(subject.labId, who.id);
    const asksTeachers =
      action === "watch-terminal" ||
      action === "trust-host-key" ||
      (action === "see-lab" && !own && who.role !== "student");
    return may(who, action, {
      ownLab: own,
      ...(asksTeachers && { teachesLab: await database.labs.taughtBy(subject.labId, who.id) }),
      ...(subject.ownerId === undefined ? {} : { ownTerminal: subject.ownerId === who.id }),
    });
  };
}
