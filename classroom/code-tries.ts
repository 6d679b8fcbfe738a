/**
 * How often codes may be guessed. Only wrong ones count: a class of 200 behind one address joins at once, and a guesser
 * gets nowhere. Kept in memory: a restart forgives.
 */
export interface CodeTries {
  /** Seconds until this address may try again; 0 for now. */
  waitSeconds(address: string): number;
  wrong(address: string): void;
}

/** Addresses remembered at most; a guesser with more of them meets `everybodyMost`. */
const addressesMost = 5_000;

/** @param options.now milliseconds; for tests */
export function codeTries(
  options: { most?: number; everybodyMost?: number; withinMs?: number; now?: () => number } = {},
): CodeTries {
  const { most = 20, everybodyMost = 500, withinMs = 10 * 60_000, now = Date.now } = options;
  const byAddress = new Map<string, number[]>();
  const everybody = "";
  const recent = (address: string) => (byAddress.get(address) ?? []).filter((at) => at > now() - withinMs);
  const waitOf = (address: string, limit: number) => {
    const tries = recent(address);
    const oldest = tries[tries.length - limit];
    return oldest === undefined ? 0 : Math.max(1, Math.ceil((oldest + withinMs - now()) / 1000));
  };
  return {
    waitSeconds: (address) => Math.max(waitOf(address, most), waitOf(everybody, everybodyMost)),
    wrong: (address) => {
      if (byAddress.size >= addressesMost) {
        for (const key of [...byAddress.keys()]) if (recent(key).length === 0) byAddress.delete(key);
      }
      for (const key of [address, everybody]) {
        if (byAddress.size < addressesMost || byAddress.has(key)) byAddress.set(key, [...recent(key), now()]);
      }
    },
  };
}
