/** `may()` for the gateway: looks up whose lab it is, and remembers the answer for a while. */
import type { Database } from "../database/database.ts";
import { may } from "./may.ts";
import type { Person } from "./person.ts";
import { eventRules } from "./rules.ts";

/** Milliseconds an owner is remembered: typing must not ask the database for each key, a removed lab ends soon. */
const rememberedMs = 10_000;
const rememberedMost = 10_000;

/** @returns a function for socket events; an event without a rule is never allowed */
export function permitEvents(database: Pick<Database, "labs">) {
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
  return async (who: Person, event: string, subject: { labId: string; ownerId?: string }): Promise<boolean> => {
    const action = eventRules[event];
    if (action === undefined) return false;
    return may(who, action, {
      ownLab: await ownsLab(subject.labId, who.id),
      ...(action === "watch-terminal" && { teachesLab: await database.labs.taughtBy(subject.labId, who.id) }),
      ...(subject.ownerId === undefined ? {} : { ownTerminal: subject.ownerId === who.id }),
    });
  };
}
