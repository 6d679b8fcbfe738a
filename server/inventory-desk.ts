/** Inventories for the pages: kept and examined here, where the key is; pages see names, addresses and findings. */
import type { Database } from "../database/database.ts";
import { runDoctor } from "../labs/doctor/doctor.ts";
import type { Inventory } from "../labs/inventory/expand-inventory.ts";
import { InventoryProblems } from "../labs/inventory/inventory-file.ts";
import { prepareInventory } from "../labs/inventory/prepare-inventory.ts";
import { unseal } from "../labs/inventory/seal.ts";
import type { InventoryDesk } from "./web-runtime.ts";

/** @param key the text of `secrets/inventory-key` */
export function inventoryDesk({ inventories }: Pick<Database, "inventories">, key: string): InventoryDesk {
  return {
    keep: async (yaml) => {
      try {
        const { inventory, sealed, summary } = prepareInventory(yaml, key);
        await inventories.save({ name: inventory.name, sealed, summary });
        return { name: inventory.name };
      } catch (error) {
        if (error instanceof InventoryProblems) return { problems: error.problems };
        throw error;
      }
    },
    examine: async (name, trust, told) => {
      const found = await inventories.find(name);
      if (!found) return undefined;
      const inventory = unseal(found.sealed, key) as Inventory;
      const reports = await runDoctor(inventory, { learnt: found.learnt, trust }, told);
      if (trust) {
        const learnt = reports.flatMap((report) =>
          report.learnt ? [[`${report.seat}/${report.node}`, report.learnt] as const] : [],
        );
        await inventories.learn(name, Object.fromEntries(learnt));
      }
      return reports;
    },
  };
}
