/** Messages in English words, for the pages that are in English only. */
import type { Message } from "../../gateway/protocol.ts";
import { english, sentenceIn } from "./catalogue.ts";

export function sentence(message: Message): string {
  return sentenceIn(english, message);
}
