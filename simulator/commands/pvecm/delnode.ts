/** `pvecm delnode`. @source recordings 37, 42, 43, 49 */
import { votequorumStatus } from "../../cluster/corosync/view.ts";
import { type MemberAnswer, memberAnswer, memberLines } from "../../cluster/join/cluster-jobs.ts";
import { clusterConf } from "../../cluster/pmxcfs/daemon.ts";
import { pmxcfsFile } from "../../cluster/pmxcfs/pmxcfs-view.ts";
import type { ProgramContext } from "../../shell/process.ts";
import type { Values } from "./arguments.ts";

export async function deleteMember(context: ProgramContext, values: Values): Promise<number> {
  const { lab, node } = context;
  if (lab.read((state) => pmxcfsFile(state, node, "corosync.conf")) === undefined) {
    await context.stderr.write(`Node/IP: ${values.node} is not a known host of the cluster.\n`);
    return 2;
  }
  const { id } = lab.act("cluster/delete-node", { node, target: values.node!, program: "pvecm" });
  let shown = 0;
  let answer: MemberAnswer | undefined;
  try {
    while (!answer) {
      const seen = await lab.until(
        (state) => {
          const lines = memberLines(state, node, id).slice(shown);
          const given = memberAnswer(state, node, id);
          return lines.length > 0 || given ? { lines, given } : undefined;
        },
        { signal: context.signal },
      );
      for (const { stream, text } of seen?.lines ?? []) await context[stream].write(text);
      shown += seen?.lines.length ?? 0;
      answer = seen?.given;
    }
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
