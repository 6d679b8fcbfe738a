/** Proxmox's programs and the API's workers ask pmxcfs before anything else: where it stands still, so do they. */
import { pmxcfsMountState } from "../cluster/pmxcfs/pmxcfs-view.ts";
import type { LabPort } from "../cluster/port.ts";

/** @throws the signal's reason when whoever waits is ended */
export async function pmxcfsGoesOn(asking: { lab: LabPort; node: string; signal?: AbortSignal }): Promise<void> {
  const { lab, node, signal } = asking;
  if (lab.read((state) => pmxcfsMountState(state, node)) !== "waits") return;
  const goesOn = () => lab.read((state) => (pmxcfsMountState(state, node) === "waits" ? undefined : true));
  await lab.until(goesOn, signal ? { signal } : {});
}
