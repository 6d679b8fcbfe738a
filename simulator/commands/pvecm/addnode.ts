/** `pvecm addnode`, `keygen`, `mtunnel`: what joining over ssh and migration call on another node. */

import { memberAnswer } from "../../cluster/join/cluster-jobs.ts";
import { AUTHKEY } from "../../cluster/join/create-cluster.ts";
import { linksOf } from "../../cluster/join/link-parameters.ts";
import { pmxcfsFile } from "../../cluster/pmxcfs/pmxcfs-view.ts";
import { isTrue } from "../../cluster/truth.ts";
import type { ProgramContext } from "../../shell/process.ts";
import type { Values } from "./arguments.ts";

/** Refusals as recorded for the API's call that does the same (45, 46, 48); its own output is from the source. */
export async function addNodeHere(context: ProgramContext, values: Values): Promise<number> {
  const { lab, node } = context;
  if (lab.read((state) => pmxcfsFile(state, node, "corosync.conf")) === undefined) {
    await context.stderr.write("invalid corosync.conf\nerror0: no nodes found\n");
    return 2;
  }
  const links = linksOf(values);
  const { id } = lab.act("cluster/add-node", {
    node,
    program: "pvecm",
    name: values.node!,
    ...(values.new_node_ip !== undefined && { newNodeAddress: values.new_node_ip }),
    ...(Object.keys(links).length > 0 && { links }),
    ...(values.nodeid !== undefined && { nodeId: Number(values.nodeid) }),
    ...(values.votes !== undefined && { votes: Number(values.votes) }),
    ...(isTrue(values.force) && { force: true }),
  });
  const answer = await lab.until((state) => memberAnswer(state, node, id), { signal: context.signal });
  if (answer?.state === "added" && answer.forced)
    await context.stdout.write(`forcing overwrite of configured node '${values.node}'\n`);
  if (answer?.state !== "failed") return 0;
  await context.stderr.write(`${answer.message}\n`);
  return answer.exitStatus ?? 255;
}

/** An authkey of corosync in a new file. @source corosync-keygen(8); unverified */
export async function generateKey(context: ProgramContext, values: Values): Promise<number> {
  const { lab, node, files } = context;
  const name = values.filename!;
  const exists = await files.readFile(name).then(
    () => true,
    () => false,
  );
  if (exists) {
    await context.stderr.write(`key file '${name}' already exists\n`);
    return 255;
  }
  const bits = lab.read((state) => `${state.seed}/${node}/${state.nowMs}/${AUTHKEY}`);
  await files.writeFile(name, new TextEncoder().encode(bits));
  await context.stdout.write("Corosync Cluster Engine Authentication key generator.\n");
  await context.stdout.write("Gathering 2048 bits for key from /dev/urandom.\n");
  await context.stdout.write(`Writing corosync key to ${name}.\n`);
  return 0;
}
