/** Both tools of sorted files take two names and no more. */
import { UsageError } from "../coreutils/arguments.ts";

/** @param quote how the tool quotes a name too many. @throws UsageError */
export function mustBeTwo(operands: readonly string[], quote: (name: string) => string): void {
  if (operands.length === 2) return;
  const [first, , third] = operands;
  if (third !== undefined) throw new UsageError(`extra operand ${quote(third)}`);
  throw new UsageError(`missing operand${first === undefined ? "" : ` after ‘${first}’`}`);
}
