/** The index of a course, fetched once for a page; what failed is fetched again when it is asked for again. */
import { type Found, openIndex } from "../../content/pipeline/search-index.ts";

const fetched = new Map<string, Promise<(asked: string) => Found[]>>();

/** @throws Error when the server cannot be reached or refuses */
export function fetchIndex(course: string, language: string): Promise<(asked: string) => Found[]> {
  const address = `/api/search?${new URLSearchParams({ course, language })}`;
  let index = fetched.get(address);
  if (index === undefined) {
    index = get(address);
    index.catch(() => fetched.delete(address));
    fetched.set(address, index);
  }
  return index;
}

async function get(address: string): Promise<(asked: string) => Found[]> {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`the search's index: ${response.status}`);
  return openIndex(await response.text());
}
