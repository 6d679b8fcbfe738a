/** The part of nspell that the spelling test uses; the package has no types of its own. */
declare module "nspell" {
  interface Speller {
    correct(word: string): boolean;
    add(word: string): Speller;
  }
  export default function nspell(aff: Uint8Array, dic: Uint8Array): Speller;
}
