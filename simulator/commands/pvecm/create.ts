/** `pvecm create`. */

import { linkPrioritiesOf, linksOf } from "../../cluster/join/link-parameters.ts";
import { Refusal } from "../../cluster/refusal.ts";
import type { ProgramContext } from "../../shell/process.ts";
import type { Values } from "./arguments.ts";
import { followTask } from "./follow-task.ts";

export async function createCluster(context: ProgramContext, values: Values): Promise<number> {
  const links = linksOf(values);
  let upid: string;
  try {
    upid = context.lab.act("cluster/create", {
      node: context.node,
      clusterName: values.clustername!,
      ...(Object.keys(links).length > 0 && { links }),
      linkPriorities: linkPrioritiesOf(values),
      ...(values.nodeid !== undefined && { nodeId: Number(values.nodeid) }),
      ...(values.votes !== undefined && { votes: Number(values.votes) }),
      program: "pvecm",
    }).upid;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    await context.stderr.write(`${error.message}\n`);
    return 255;
  }
  await followTask(context, upid);
  return 0;
}
