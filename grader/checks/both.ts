/** Two checks that are one: the second is asked once the first has passed. */
import { type Check, check } from "./check.ts";

/** `first` and `second`; what is wrong first is the verdict, and of two that pass the second one's. */
export function both(first: Check, second: Check): Check {
  return check(
    (context) => {
      const verdict = first(context);
      return verdict.outcome === "passed" ? second(context) : verdict;
    },
    { ...first.needs, ...second.needs },
  );
}
