/** Makes one cluster of a lab's stand-alone nodes, through the API alone. */
import { mainAddressOf } from "../../cluster/host-network/node-address.ts";
import { type LabWithDoors, ROOT_PASSWORD } from "./lab-with-doors.ts";

/** Create `lab` on the first node and let the others join. @throws when a task does not end well */
export async function formCluster(lab: LabWithDoors): Promise<void> {
  const [first, ...others] = lab.nodes;
  await taskEnds(lab, await lab.client(first!).createCluster({ name: "lab" }));
  await lab.port.until((state) => (state.nodes[first!]!.pmxcfs.quorate ? true : undefined), { timeoutMs: 60_000 });
  for (const node of others) {
    const upid = await lab.client(node).joinCluster({
      hostname: lab.port.read((state) => mainAddressOf(state, first!)!),
      fingerprint: lab.fingerprint(first!),
      password: ROOT_PASSWORD,
    });
    await taskEnds(lab, upid);
  }
}

/** Wait in model time for a task's end. @throws with its log when it failed */
export async function taskEnds(lab: LabWithDoors, upid: string): Promise<void> {
  const task = await lab.port.until(
    (state) => {
      const found = Object.values(state.nodes).flatMap((node) => node.tasks.filter((one) => one.upid === upid))[0];
      return found && !found.running ? { exitStatus: found.exitStatus, output: found.output } : undefined;
    },
    { timeoutMs: 300_000 },
  );
  if (task?.exitStatus !== "OK")
    throw new Error(`${upid}: ${task ? `${task.exitStatus}\n${task.output}` : "never ended"}`);
}
