/** A claim about our own code was false. Never the learner's doing. */
export class InvariantError extends Error {
  override name = "InvariantError";
}

/** Stop at once when one of our own claims does not hold; stays on in production. */
export function invariant(claim: unknown, message: string): asserts claim {
  if (!claim) throw new InvariantError(message);
}
