/**
 * Seeded randomness as plain data: sfc32, whose four words of state live in the lab and are saved with it.
 *
 * @source sfc32 from PractRand (public domain), written here from its description.
 */
export type RandomState = [number, number, number, number];

/** A generator's state from any text; the same text gives the same sequence for ever. */
export function seedRandom(seed: string): RandomState {
  // FNV-1a over the text, once for each word, so that close seeds start far apart.
  const words = [0, 1, 2, 3].map((salt) => {
    let hash = (2166136261 ^ salt) >>> 0;
    for (let i = 0; i < seed.length; i++) hash = Math.imul(hash ^ seed.charCodeAt(i), 16777619) >>> 0;
    return hash;
  });
  const state = words as RandomState;
  for (let i = 0; i < 16; i++) nextRandom(state);
  return state;
}

/** The next number in [0, 1); changes the state in place. */
export function nextRandom(state: RandomState): number {
  const sum = (((state[0] + state[1]) | 0) + state[3]) | 0;
  state[3] = (state[3] + 1) | 0;
  state[0] = state[1] ^ (state[1] >>> 9);
  state[1] = (state[2] + (state[2] << 3)) | 0;
  state[2] = ((state[2] << 21) | (state[2] >>> 11)) + sum;
  return (sum >>> 0) / 4294967296;
}
