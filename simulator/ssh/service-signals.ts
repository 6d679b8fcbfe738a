/** `kill` of a pid that belongs to the model: services stop, hang and go on as real ones do. */
import type { LabPort } from "../cluster/port.ts";
import type { SignalName } from "../shell/process.ts";
import type { Shell } from "../shell/shell.ts";

export function serviceSignaller(port: LabPort, node: string) {
  return async (shell: Shell, pid: number, signal: SignalName | 0): Promise<number> => {
    const name = port.read((lab) => lab.nodes[node]?.processes[pid]?.name);
    if (name === undefined) {
      await shell.complain(`kill: (${pid}) - No such process`);
      return 1;
    }
    if (signal === 0) return 0;
    await shell.complain(`kill: (${pid}) - signals to ${name} are not modelled in this simulated node yet`);
    return 1;
  };
}
