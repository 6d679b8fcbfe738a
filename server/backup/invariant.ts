/** A claim that only a bug of ours can break. */
export function invariant(claim: boolean, text: string): asserts claim {
  if (!claim) throw new Error(`bug: ${text}`);
}
