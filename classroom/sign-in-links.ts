/** Links that sign somebody in once: the administrator's, printed at start, and invitations of instructors. */
import type { Database } from "../database/database.ts";

/** Path of a link that signs somebody in once. */
const ONE_TIME_LINK = "/api/auth/one-time-link";
const ADMINISTRATOR_PURPOSE = "administrator";
const INVITATION_PURPOSE = "invitation";
/** An hour: the link is printed where the server is started, and opened right then. */
const linkValidForMs = 60 * 60 * 1000;
/** A week: it travels by whichever way people write to each other. */
const invitationValidForMs = 7 * 24 * 60 * 60 * 1000;
/** Make a new administrator's link; the one before stops working. @returns path and query */
export async function administratorLink(database: Database): Promise<string> {
  const person = await database.people.administrator();
  const token = await database.oneTimeLinks.create({
    ...{ purpose: ADMINISTRATOR_PURPOSE, personId: person.id, validForMs: linkValidForMs },
  });
  return `${ONE_TIME_LINK}?token=${token}`;
}

/** Make a link that signs an instructor in once, within a week; their link before stops working. @returns path and query */
export async function invitationLink(database: Database, personId: string): Promise<string> {
  const token = await database.oneTimeLinks.create({
    ...{ purpose: INVITATION_PURPOSE, personId, validForMs: invitationValidForMs },
  });
  return `${ONE_TIME_LINK}?token=${token}`;
}

/** Use a link up. @returns whom it signs in; undefined when it is unknown, used or too old */
export async function redeemLink(database: Database, token: string): Promise<{ personId: string | null } | undefined> {
  return (
    (await database.oneTimeLinks.redeem(ADMINISTRATOR_PURPOSE, token)) ??
    (await database.oneTimeLinks.redeem(INVITATION_PURPOSE, token))
  );
}
