/** Keys and what they do. */

/** @param rows each an action and the names of its keys */
export function keyTable<Action>(
  rows: readonly (readonly [action: Action, ...keys: string[]])[],
): ReadonlyMap<string, Action> {
  return new Map(rows.flatMap(([action, ...keys]) => keys.map((key) => [key, action] as const)));
}
