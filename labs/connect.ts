/** The one way to labs for gateway, grader and pages: finds the backend that holds a lab and asks it. */
import { InventoryLabs, type InventorySource } from "./inventory/inventory-labs.ts";
import { type Labs, LabUnavailable } from "./labs.ts";
import { SimulatedLabs } from "./simulated.ts";

/** Labs whose backend is remembered; a lab never changes its own. */
const REMEMBERED_MAX = 10_000;

/**
 * @param options.simulatorControlUrl address of the simulator's host, with its secret; the same over its restarts
 * @param options.inventory where real nodes are described; absent where there are none
 */
export function connectLabs(options: { simulatorControlUrl: string; inventory?: InventorySource }): Labs {
  const simulated = new SimulatedLabs(options.simulatorControlUrl);
  const real = options.inventory && new InventoryLabs(options.inventory);
  const onInventory = new Map<string, boolean>();

  /** The real nodes behind the lab, or undefined for a simulated one. */
  async function realOf(labId: string): Promise<InventoryLabs | undefined> {
    if (!real) return undefined;
    let known = onInventory.get(labId);
    if (known === undefined) {
      known = await real.has(labId);
      if (onInventory.size >= REMEMBERED_MAX) onInventory.clear();
      onInventory.set(labId, known);
    }
    return known ? real : undefined;
  }

  return {
    create: async ({ backend, ...lab }) => {
      if (backend === "simulated") return simulated.create(lab);
      if (!real || !options.inventory) throw new LabUnavailable("This Quorate has no inventory of real nodes.");
      const serving = await options.inventory.database.inventories.ofLab(lab.labId);
      const name = serving?.inventory.name ?? (await options.inventory.database.inventories.serving(lab.labId));
      if (name === undefined) {
        throw new LabUnavailable("No inventory is in use for this lab any more. Ask your instructor.");
      }
      await real.create({ labId: lab.labId, inventory: name, nodes: lab.nodes });
      onInventory.set(lab.labId, true);
      return real.reach(lab.labId);
    },
    reach: async (labId) => ((await realOf(labId)) ?? simulated).reach(labId),
    acceptHostKey: async (labId, node, hostKeySha256) => {
      const kept = await realOf(labId);
      if (!kept) throw new LabUnavailable("The host key of a simulated node never changes.");
      await kept.acceptHostKey(labId, node, hostKeySha256);
    },
    capabilities: async (labId) => (await realOf(labId))?.capabilities(labId) ?? simulated.capabilities(),
    surroundings: async (labId) => ((await realOf(labId)) ?? simulated).surroundings(labId),
    apply: async (labId, fault) => ((await realOf(labId)) ?? simulated).apply(labId, fault),
    addresses: async (labId) => ((await realOf(labId)) ?? simulated).addresses(labId),
    restorePoints: async (labId) => ((await realOf(labId)) ? [] : simulated.restorePoints(labId)),
    change: async (labId, change) => ((await realOf(labId)) ?? simulated).change(labId, change),
    notice: async (labId) => ((await realOf(labId)) ? undefined : simulated.notice(labId)),
    copy: async (labId, to) => {
      if (await realOf(labId)) throw new LabUnavailable("Real nodes cannot be copied.");
      return simulated.copy(labId, to);
    },
    // The nodes of a real lab are not ours to remove; its seat is free again when the lab's row goes.
    remove: async (labId) => ((await realOf(labId)) ? undefined : simulated.remove(labId)),
  };
}
