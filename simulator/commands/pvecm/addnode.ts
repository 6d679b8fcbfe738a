/** `pvecm addnode`, `keygen`, `mtunnel`: what joining over ssh and migration call on another node. */

import { linksOf } from "../../cluster/join/link-parameters.ts";
import { pmxcfsFile } from "../../cluster/pmxcfs/pmxcfs-view.ts";
import { isTrue } from "../../cluster/truth.ts";
import type { ProgramContext } from "../../shell/process.ts";
import { absolutePath } from "../../shell/shell.ts";
import { generateAuthkey } from "../corosync-tools/corosync-keygen.ts";
import type { Values } from "./arguments.ts";
import { followRequest } from "./follow-request.ts";

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
  const answer = await followRequest(context, id);
  if (answer.state === "added" && answer.forced)
    await context.stdout.write(`forcing overwrite of configured node '${values.node}'\n`);
  if (answer.state !== "failed") return 0;
  await context.stderr.write(`${answer.message}\n`);
  return answer.exitStatus ?? 255;
}

/** `pvecm keygen`: an authkey of corosync in a new file, whose folder is made. @source PVE/CLI/pvecm.pm, typed */
export async function generateKey(context: ProgramContext, values: Values): Promise<number> {
  const { cwd, files, stderr } = context;
  const name = values.filename!;
  const path = absolutePath(cwd, name);
  const exists = async (at: string) =>
    files.stat(at).then(
      () => true,
      () => false,
    );
  if (name !== "" && (await exists(path))) {
    await stderr.write(`key file '${name}' already exists\n`);
    return 255;
  }
  const folders = path.split("/").slice(1, -1);
  for (let depth = 1; depth <= folders.length; depth++) {
    const folder = `/${folders.slice(0, depth).join("/")}`;
    if (!(await exists(folder))) await files.mkdir(folder);
  }
  const status = await generateAuthkey(context, ["-l", "-k", name]);
  if (status !== 0) await stderr.write(`command 'corosync-keygen -l -k ${name || "''"}' failed: exit code ${status}\n`);
  return status;
}
