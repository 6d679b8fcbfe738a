/** An instructor accepts a node's new host key: only the one that the node shows at this moment, and it is written down. */
import type { AuditQueries } from "../../database/audit.ts";
import { type Labs, LabUnavailable } from "../../labs/labs.ts";
import { shownHostKey } from "../../labs/ssh-client.ts";
import { Refused } from "../refused.ts";
import type { Terminals } from "../terminals/terminals.ts";
import { answer, type Browser, mustBeAllowed } from "./connection.ts";

const SHOWN_WITHIN_MS = 10_000;

export interface HostKeyOptions {
  labs: Pick<Labs, "acceptHostKey">;
  terminals: Terminals;
  audit: AuditQueries;
}

export function handleHostKeys(browser: Browser, { labs, terminals, audit }: HostKeyOptions): void {
  const { person } = browser;
  answer(browser, "terminal:trust-host-key", async ({ labId, node, hostKeySha256 }) => {
    await mustBeAllowed(browser, "terminal:trust-host-key", { labId });
    const { ssh } = await terminals.reach(labId, node);
    const seen = await shownHostKey(node, ssh, SHOWN_WITHIN_MS).catch((cause: Error) => {
      throw new Refused("unavailable", { id: "node-silent", values: { node } }, { retry: true, cause });
    });
    if (seen !== hostKeySha256) throw new Refused("failed", { id: "host-key-other", values: { node, seen } });
    // Written down before it counts.
    await audit.record({
      actor: { id: person.id, name: person.name },
      ...{ action: "host-key-accepted", subject: "lab", subjectId: labId },
      details: { node, before: ssh.hostKeySha256, now: hostKeySha256 },
    });
    await labs.acceptHostKey(labId, node, hostKeySha256).catch((cause: unknown) => {
      if (!(cause instanceof LabUnavailable)) throw cause;
      throw new Refused("failed", { id: "failed", values: { detail: cause.message } }, { cause });
    });
    return {};
  });
}
