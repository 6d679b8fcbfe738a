/** What the database keeps of terminals: which gateway holds which, and who opened and what closed each. */
import type { Database } from "../../database/database.ts";
import type { TerminalRecords } from "./terminals.ts";

/** @param gateway its name, as in its configuration */
export function terminalRecords(
  database: Pick<Database, "terminalSessions" | "audit" | "typing" | "groups">,
  gateway: string,
): TerminalRecords {
  return {
    async opened({ id, labId, node, personId, slot }, by) {
      await database.terminalSessions.create({ id, labId, node, personId, gateway });
      await database.audit.record({
        actor: { id: by.id, name: by.name },
        action: "terminal-opened",
        subject: "terminal",
        subjectId: id,
        ownerId: personId,
        details: { labId, node, slot },
      });
    },
    async typed({ labId, node }, by) {
      await Promise.all([database.typing.typed(labId, by.id, node), database.groups.seen(labId, by.id)]);
    },
    async watched({ id, labId, node, personId }, act, watcher, by) {
      await database.audit.record({
        ...(by && { actor: { id: by.id, name: by.name } }),
        action: `terminal-${act}`,
        subject: "terminal",
        subjectId: id,
        ownerId: personId,
        details: { labId, node, watcherId: watcher.id },
      });
    },
    async ended({ id, labId, node, personId }, reason) {
      await database.terminalSessions.end(id, reason.id);
      await database.audit.record({
        action: "terminal-closed",
        subject: "terminal",
        subjectId: id,
        ownerId: personId,
        details: { labId, node, reason: reason.id },
      });
    },
  };
}
