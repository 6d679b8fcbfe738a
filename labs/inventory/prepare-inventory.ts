/** An inventory's text made ready to be kept: checked, expanded, sealed, and told without its secrets. */
import type { InventorySummary } from "../../database/inventories.ts";
import { expandInventory, type Inventory } from "./expand-inventory.ts";
import { readInventoryFile } from "./inventory-file.ts";
import { seal } from "./seal.ts";

/** @throws InventoryProblems with every wrong place */
export function prepareInventory(
  text: string,
  key: string,
): { inventory: Inventory; sealed: string; summary: InventorySummary } {
  const inventory = expandInventory(readInventoryFile(text));
  return { inventory, sealed: seal(inventory, key), summary: summaryOf(inventory) };
}

export function summaryOf({ seats }: Inventory): InventorySummary {
  return {
    seats: seats.map(({ name, nodes }) => ({
      name,
      nodes: nodes.map((node) => ({ name: node.name, host: node.ssh.host })),
    })),
  };
}
