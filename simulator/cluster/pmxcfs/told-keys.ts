/**
 * What a node tells all others under a key, as `.version` counts it: its tasks, and what pvestatd says once of its
 * software and processor. A key's first version is 0, and each time it is told it is one more.
 *
 * @source pmxcfs 8.1.3 status.c kventry_hash_set, cfs_kvstore_sync; recording 39b: 66 lines, four keys a node. Which keys
 *   those were is from pvestatd's source.
 */
import { nodeOf } from "../kernel.ts";
import type { LabState } from "../state.ts";
import { wallNowMs } from "../wall-clock.ts";
import { ownName } from "./own-name.ts";
import type { PmxcfsState } from "./pmxcfs-state.ts";

/** What pvestatd tells in its first round, and again to whoever comes. */
const LASTING_KEYS = ["version-info", "static-info", "cpuflags-kvm", "cpuflags-tcg"];
export const ALL_KEYS = [...LASTING_KEYS, "tasklist"];

/** pvestatd's round, seconds: a daemon that started less than this ago has heard nothing of its own node. */
const ROUND_S = 10;

/** Count keys that a node told, at the node that heard them. */
export function countKeys(state: PmxcfsState, teller: string, keys: readonly string[]): void {
  const counted = { ...state.keyVersions?.[teller] };
  for (const key of keys) counted[key] = (counted[key] ?? -1) + 1;
  state.keyVersions = { ...state.keyVersions, [teller]: counted };
}

/** The `kvstore` of `.version`: the node's own keys first, then those of the others that are configured. */
export function kvstoreText(lab: Readonly<LabState>, node: string): string {
  const state = nodeOf(lab as LabState, node).pmxcfs;
  const heard = wallNowMs(lab, node) / 1000 - state.startedAtWallS >= ROUND_S;
  const own = { ...(heard && Object.fromEntries(ALL_KEYS.map((key) => [key, 0]))), ...state.keyVersions?.[node] };
  const others = (state.clusterInfo?.nodes ?? []).flatMap(({ name }) => {
    const keys = name === node ? undefined : state.keyVersions?.[name];
    return keys ? [[name, keys] as const] : [];
  });
  return [[ownName(lab, node), own] as const, ...others].map(([name, keys]) => block(name, keys)).join(",\n");
}

function block(name: string, keys: Readonly<Record<string, number>>): string {
  const lines = Object.entries(keys).map(([key, version]) => `"${key}": ${version}`);
  return `"${name}": {\n${lines.join(",\n")}}\n`;
}
