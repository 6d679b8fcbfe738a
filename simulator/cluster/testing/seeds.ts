/// <reference types="node" />
/** Which seeds a run of random faults takes: a few in every test, more when somebody asks for them. */

/**
 * `QUORATE_SEEDS=100-299 npx vitest run simulator/cluster/ha` runs those.
 *
 * @param name what the seeds begin with
 * @param usual how many there are otherwise, from 0 on
 */
export function seedsFor(name: string, usual: number): string[] {
  const [from, to] = (process.env.QUORATE_SEEDS ?? `0-${usual - 1}`).split("-").map(Number);
  return Array.from({ length: to! - from! + 1 }, (_, index) => `${name} ${from! + index}`);
}
