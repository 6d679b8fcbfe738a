/**
 * Where a service is to run: groups, priorities, nodes tried before.
 *
 * Pure. @source pve-ha-manager 4.0.7 PVE/HA/Manager.pm select_service_node, get_node_priority_groups
 */
import type { HaGroup } from "./ha-config.ts";

export interface Choice {
  group: HaGroup | undefined;
  /** Services by node that is online and takes services. */
  usage: Record<string, number>;
  current: string;
  /** Another node than the present one, for a service that would not start there. */
  tryNext?: boolean;
  triedNodes?: string[];
  maintenanceFallback?: string | undefined;
}

/** The best node; undefined when none may have the service. */
export function selectNode(choice: Choice): string | undefined {
  const { group, usage, current, tryNext, triedNodes, maintenanceFallback } = choice;
  const byPriority = new Map<number, string[]>();
  for (const node of Object.keys(usage)) {
    const priority = group ? group.priorities[node] : 0;
    if (priority === undefined && group?.restricted) continue;
    const key = priority ?? -1;
    byPriority.set(key, [...(byPriority.get(key) ?? []), node]);
  }
  if (byPriority.size === 0) return undefined;
  const members = [...byPriority.values()].flat();
  if (!tryNext && group?.nofailback && members.includes(current)) return current;
  let best = byPriority.get(Math.max(...byPriority.keys()))!;
  if (tryNext) best = best.filter((node) => !triedNodes?.includes(node));
  if (maintenanceFallback !== undefined && best.includes(maintenanceFallback)) return maintenanceFallback;
  if (!tryNext && best.includes(current)) return current;
  const nodes = [...best].sort((a, b) => usage[a]! - usage[b]! || (a < b ? -1 : 1));
  if (tryNext) {
    const at = nodes.indexOf(current);
    return at >= 0 && at < nodes.length - 1 ? nodes[at + 1] : nodes[0];
  }
  return nodes[0];
}
