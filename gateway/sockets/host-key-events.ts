/**
 * A node with another host key: which one it shows and who may accept it, and an instructor's accepting exactly the one that
 * it shows at this moment, which is written down.
 */
import type { AuditQueries } from "../../database/audit.ts";
import type { ClassQueries } from "../../database/classes.ts";
import type { LabQueries } from "../../database/labs.ts";
import { type Labs, LabUnavailable } from "../../labs/labs.ts";
import { shownHostKey } from "../../labs/ssh-client.ts";
import { Refused } from "../refused.ts";
import type { Terminals } from "../terminals/terminals.ts";
import { answer, type Browser, mustBeAllowed } from "./connection.ts";

const SHOWN_WITHIN_MS = 10_000;

export interface HostKeyOptions {
  labs: Pick<Labs, "acceptHostKey">;
  terminals: Terminals;
  database: { labs: Pick<LabQueries, "find">; classes: Pick<ClassQueries, "teachers">; audit: AuditQueries };
}

export function handleHostKeys(browser: Browser, { labs, terminals, database }: HostKeyOptions): void {
  const { person } = browser;
  const keysOf = async (labId: string, name: string) => {
    const node = await terminals.reach(labId, name);
    const { ssh } = node;
    // Among the node's other logins: a key exchange costs it as much.
    const shown = await terminals
      .gate(node, () => shownHostKey(name, ssh, SHOWN_WITHIN_MS))
      .catch((cause: Error) => {
        throw new Refused("unavailable", { id: "node-silent", values: { node: name } }, { retry: true, cause });
      });
    return { known: ssh.hostKeySha256, shown };
  };

  /** Of a node that is being asked already, that answer: a key exchange costs it as much as a login. */
  const asking = new Map<string, ReturnType<typeof keysOf>>();
  const keysOnce = (labId: string, name: string) => {
    const key = `${labId} ${name}`;
    const going = asking.get(key) ?? keysOf(labId, name).finally(() => asking.delete(key));
    asking.set(key, going);
    return going;
  };

  answer(browser, "terminal:host-key", async ({ labId, node }) => {
    await mustBeAllowed(browser, "terminal:host-key", { labId });
    const [keys, mayAccept, lab] = await Promise.all([
      keysOnce(labId, node),
      browser.permit(person, "terminal:trust-host-key", { labId }),
      database.labs.find(labId),
    ]);
    const teachers = lab?.classId ? await database.classes.teachers(lab.classId) : [];
    return { ...keys, mayAccept, teachers: teachers.map(({ name }) => name) };
  });

  answer(browser, "terminal:trust-host-key", async ({ labId, node, hostKeySha256 }) => {
    await mustBeAllowed(browser, "terminal:trust-host-key", { labId });
    const { known, shown } = await keysOf(labId, node);
    if (shown !== hostKeySha256) throw new Refused("failed", { id: "host-key-other", values: { node, seen: shown } });
    const lab = await database.labs.find(labId);
    // Written down before it counts.
    await database.audit.record({
      actor: { id: person.id, name: person.name },
      ...{ action: "host-key-accepted", subject: "lab", subjectId: labId },
      ...(lab?.personId && { ownerId: lab.personId }),
      ...(lab?.classId && { classId: lab.classId }),
      details: { node, before: known, now: hostKeySha256 },
    });
    await labs.acceptHostKey(labId, node, hostKeySha256).catch((cause: unknown) => {
      if (!(cause instanceof LabUnavailable)) throw cause;
      throw new Refused("failed", { id: "failed", values: { detail: cause.message } }, { cause });
    });
    return {};
  });
}
