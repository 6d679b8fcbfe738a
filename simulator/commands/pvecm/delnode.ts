/** `pvecm delnode`. @source recordings 37, 42, 43, 49 */
import { memberAnswer } from "../../cluster/join/cluster-jobs.ts";
import { pmxcfsFile } from "../../cluster/pmxcfs/pmxcfs-view.ts";
import type { ProgramContext } from "../../shell/process.ts";
import type { Values } from "./arguments.ts";
import { NOT_IN_CLUSTER } from "./status.ts";

export async function deleteMember(context: ProgramContext, values: Values): Promise<number> {
  const { lab, node } = context;
  if (lab.read((state) => pmxcfsFile(state, node, "corosync.conf")) === undefined) {
    await context.stderr.write(NOT_IN_CLUSTER);
    return 2;
  }
  const { id, output } = lab.act("cluster/delete-node", { node, target: values.node! });
  for (const line of output) await context.stdout.write(`${line}\n`);
  const answer = await lab.until((state) => memberAnswer(state, node, id), { signal: context.signal });
  if (answer?.state !== "failed") return 0;
  await context.stderr.write(`${answer.message}\n`);
  return answer.exitStatus ?? 255;
}
