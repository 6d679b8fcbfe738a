/** Logins at terminals, as wtmp and lastlog have them, and what a new one is told of the one before. */

import { loginsAt } from "../../cluster/accounts/logins.ts";
import { nodeZone } from "../../cluster/node-settings/clock.ts";
import type { LabPort } from "../../cluster/port.ts";
import { formatTime } from "../../shell/time-text.ts";
import { gatewayAddress } from "../coreutils/logins.ts";

/** A shell at a terminal began. @returns what is to be called when it is over */
export function noteTerminal(
  port: LabPort,
  node: string,
  { user, tty, from }: { user: string; tty: string; from?: string },
): () => void {
  const boot = port.read((lab) => lab.nodes[node]?.bootCount);
  if (boot === undefined) return () => {};
  const client = from ?? port.read((lab) => gatewayAddress(lab, node));
  port.act("accounts/login", { node, user, tty, from: client });
  return () => {
    // A boot that is over has taken its sessions along.
    if (port.read((lab) => lab.nodes[node]?.bootCount === boot)) port.act("accounts/logout", { node, tty });
  };
}

/** What sshd prints of the login before; nothing before the first one. */
export function lastLoginText(port: LabPort, node: string, user: string): string {
  const before = port.read((lab) => loginsAt(lab, node).findLast((one) => one.user === user));
  return before
    ? `Last login: ${formatTime(
        "%a %b %e %H:%M:%S %Y",
        before.wallMs,
        port.read((lab) => nodeZone(lab, node)),
      )} from ${before.from}\n`
    : "";
}
