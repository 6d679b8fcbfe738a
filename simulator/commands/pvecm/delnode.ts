/** `pvecm delnode`. @source recordings 37, 42, 43, 49 */
import { votequorumStatus } from "../../cluster/corosync/view.ts";
import type { MemberAnswer } from "../../cluster/join/cluster-jobs.ts";
import { clusterConf } from "../../cluster/pmxcfs/daemon.ts";
import { pmxcfsFile } from "../../cluster/pmxcfs/pmxcfs-view.ts";
import type { ProgramContext } from "../../shell/process.ts";
import type { Values } from "./arguments.ts";
import { followRequest } from "./follow-request.ts";

export async function deleteMember(context: ProgramContext, values: Values): Promise<number> {
  const { lab, node } = context;
  if (lab.read((state) => pmxcfsFile(state, node, "corosync.conf")) === undefined) {
    await context.stderr.write(`Node/IP: ${values.node} is not a known host of the cluster.\n`);
    return 2;
  }
  const { id } = lab.act("cluster/delete-node", { node, target: values.node!, program: "pvecm" });
  let answer: MemberAnswer;
  try {
    answer = await followRequest(context, id);
  } finally {
    lab.act("cluster/stop-delete", { node, id });
  }
  if (answer.state !== "failed") {
    // It ends when the new votes count: recordings 47 and 49 show them at once after it.
    await lab.until(
      (state) => {
        const conf = clusterConf(state, node);
        const status = votequorumStatus(state, node);
        return !conf || !status || status.configVersion >= conf.configVersion || undefined;
      },
      { signal: context.signal, timeoutMs: 3_000 },
    );
    return 0;
  }
  await context.stderr.write(`${answer.message}\n`);
  return answer.exitStatus ?? 255;
}
