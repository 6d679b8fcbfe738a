/** `pvecm status`, `pvecm nodes`, `pvecm expected`. @source recordings 01, 03, 32, 37, 43 */

import { votequorumStatus } from "../../cluster/corosync/view.ts";
import { clusterConf } from "../../cluster/pmxcfs/daemon.ts";
import { pmxcfsFile } from "../../cluster/pmxcfs/pmxcfs-view.ts";
import type { ProgramContext } from "../../shell/process.ts";
import {
  EXPECTED_MS,
  NO_CMAP,
  VOTES_MAX,
  WRONG_EXPECTED,
  waitWhileHung,
} from "../corosync-tools/corosync-quorumtool.ts";
import { membershipTable, statusReport } from "../corosync-tools/quorum-report.ts";
import type { Values } from "./arguments.ts";

export const NOT_IN_CLUSTER =
  "Error: Corosync config '/etc/pve/corosync.conf' does not exist - is this node part of a cluster?\n";
const NOT_IN_CLUSTER_EXIT = 2;

export async function showStatus(context: ProgramContext): Promise<number> {
  const { lab, node } = context;
  if (await refuseOutsideCluster(context)) return NOT_IN_CLUSTER_EXIT;
  const conf = lab.read((state) => clusterConf(state, node));
  if (conf) {
    await context.stdout.write(`Cluster information
-------------------
Name:             ${conf.clusterName}
Config Version:   ${conf.configVersion}
Transport:        knet
Secure auth:      ${conf.secureAuth ? "on" : "off"}

`);
  }
  await waitWhileHung(context);
  const status = lab.read((state) => votequorumStatus(state, node));
  if (!status) return noCmap(context);
  await context.stdout.write(statusReport(context, status, { hexIds: true, addresses: true }));
  return status.quorate ? 0 : 2;
}

export async function listMembers(context: ProgramContext): Promise<number> {
  if (await refuseOutsideCluster(context)) return NOT_IN_CLUSTER_EXIT;
  await waitWhileHung(context);
  const status = context.lab.read((state) => votequorumStatus(state, context.node));
  if (!status) return noCmap(context);
  await context.stdout.write(membershipTable(status, { hexIds: false, addresses: false }));
  return 0;
}

export async function expectedVotes(context: ProgramContext, values: Values): Promise<number> {
  if (await refuseOutsideCluster(context)) return NOT_IN_CLUSTER_EXIT;
  if (Number(values.expected) > VOTES_MAX) {
    await context.stderr.write(`${WRONG_EXPECTED}\n`);
    return 1;
  }
  await waitWhileHung(context);
  const answer = context.lab.act("corosync/expected", { node: context.node, value: Number(values.expected) });
  // It ends when the votes count.
  if (answer.exitCode === 0) await context.lab.sleep(EXPECTED_MS, context.signal);
  await context.stderr.write(answer.output);
  return answer.exitCode;
}

async function refuseOutsideCluster(context: ProgramContext): Promise<boolean> {
  if (context.lab.read((lab) => pmxcfsFile(lab, context.node, "corosync.conf")) !== undefined) return false;
  await context.stderr.write(NOT_IN_CLUSTER);
  return true;
}

async function noCmap(context: ProgramContext): Promise<number> {
  await context.stderr.write(NO_CMAP);
  return 1;
}
