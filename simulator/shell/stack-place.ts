/** Places in the stack of directories, for `dirs` and its kin and for tildes. */

/** What `+N` or `-N` means: its place from the top, or "bad" for one that is none; undefined for another word. */
export function placeInStack(word: string | undefined, size: number): number | "bad" | undefined {
  const found = /^([-+])(\d+)$/.exec(word ?? "");
  if (!found) return undefined;
  const place = found[1] === "+" ? Number(found[2]) : size - 1 - Number(found[2]);
  return place >= 0 && place < size ? place : "bad";
}
