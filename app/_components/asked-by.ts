import { headers } from "next/headers";
import { forbidden, unauthorized } from "next/navigation";
import { may, type What } from "../../classroom/may.ts";
import type { Person } from "../../classroom/person.ts";
import { routeRules } from "../../classroom/rules.ts";
import { webRuntime } from "../../server/web-runtime.ts";

/**
 * Who asks for a page, having been allowed to; everybody else gets the page of a 401 or 403.
 *
 * @param about what the page is about, where its rule needs that
 */
export async function askedBy(route: string, about?: (person: Person) => Promise<What>): Promise<Person> {
  const person = await webRuntime().identify(await headers());
  if (person === undefined) unauthorized();
  const action = routeRules[route];
  if (action === undefined || !may(person, action, await about?.(person))) forbidden();
  return person;
}
