/** The order in which bash goes through the keys of an associative array. */

/** @source bash 5.2 assoc.h ASSOC_HASH_BUCKETS; the table grows when it holds twice as many, hashlib.c */
const BUCKETS = 1_024;
const GROWS_BY = 4;

/** Keys by bucket; of one bucket the newest comes first. @param keys in the order in which they were entered */
export function hashOrder(keys: readonly string[], atFirst = BUCKETS): string[] {
  let buckets = atFirst;
  while (keys.length > buckets * 2) buckets *= GROWS_BY;
  return keys
    .map((key, at) => ({ key, at, bucket: hashOf(key) & (buckets - 1) }))
    .sort((one, other) => one.bucket - other.bucket || other.at - one.at)
    .map(({ key }) => key);
}

/** FNV-1 over the bytes, 32 bits. */
function hashOf(key: string): number {
  let hash = 2_166_136_261;
  for (const byte of Buffer.from(key)) {
    hash = Math.imul(hash, 16_777_619);
    // A char is signed.
    hash ^= byte > 127 ? byte - 256 : byte;
  }
  return hash >>> 0;
}
