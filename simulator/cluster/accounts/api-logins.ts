/** What pvedaemon tells of logins at the API. @source pve-access-control PVE/API2/AccessControl.pm create_ticket */
import { log } from "../journal.ts";
import { nodeOf } from "../kernel.ts";
import { clusterLog } from "../pmxcfs/cluster-log.ts";
import type { LabState } from "../state.ts";

export interface ApiLogin {
  user: string;
  /** IPv4 address of the client. */
  from: string;
  /** Why not; absent for one that came in. */
  refusal?: string | undefined;
}

export type ApiLoginInputs = {
  "accounts/api-login": { args: ApiLogin & { node: string }; result: undefined };
};

export const apiLoginInputs = {
  "accounts/api-login": (lab: LabState, { node, ...login }: ApiLoginInputs["accounts/api-login"]["args"]): undefined =>
    noteApiLogin(lab, node, login),
};

/** One that came in stands in the cluster's log, too. */
export function noteApiLogin(lab: LabState, node: string, { user, from, refusal }: ApiLogin): undefined {
  const pid = nodeOf(lab, node).services.units.pvedaemon.mainPid;
  const pvedaemon = { unit: "pvedaemon.service", identifier: "pvedaemon", pid };
  if (refusal !== undefined) {
    const text = `authentication failure; rhost=::ffff:${from} user=${user} msg=${refusal}`;
    log(lab, node, { ...pvedaemon, priority: 3, text });
    return undefined;
  }
  const msg = `successful auth for user '${user}'`;
  log(lab, node, { ...pvedaemon, text: `<root@pam> ${msg}` });
  clusterLog(lab, node, { pri: 6, tag: "pvedaemon", pid, user: "root@pam", msg });
  return undefined;
}
