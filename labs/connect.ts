/** The one way to labs for gateway, grader and pages: finds the backend that holds a lab and asks it. */
import { type Labs, LabUnavailable } from "./labs.ts";
import { SimulatedLabs } from "./simulated.ts";

/** @param options.simulatorControlUrl address of the simulator's host, with its secret; the same over its restarts */
export function connectLabs(options: { simulatorControlUrl: string }): Labs {
  const simulated = new SimulatedLabs(options.simulatorControlUrl);
  return {
    create: async ({ backend, ...lab }) => {
      if (backend !== "simulated") {
        throw new LabUnavailable("Labs on real nodes need an inventory, and this version reads none yet.");
      }
      await simulated.create(lab);
    },
    reach: (labId) => simulated.reach(labId),
    capabilities: () => simulated.capabilities(),
    surroundings: (labId) => simulated.surroundings(labId),
    apply: (labId, fault) => simulated.apply(labId, fault),
    addresses: (labId) => simulated.addresses(labId),
    restorePoints: (labId) => simulated.restorePoints(labId),
    change: (labId, change) => simulated.change(labId, change),
    notice: (labId) => simulated.notice(labId),
    copy: (labId, to) => simulated.copy(labId, to),
    remove: (labId) => simulated.remove(labId),
  };
}
