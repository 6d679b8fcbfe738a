/** Messages put into words: a check's by the grader's table, everything else by the gateway's. */

import type { Message } from "../../gateway/protocol.ts";
import { say } from "../../gateway/words.ts";
import { inWords, sentences } from "../../grader/checks/messages.en.ts";

/** A sentence; an id without one is shown with its values, so that nothing is hidden. */
export function sentence(message: Message): string {
  return message.id in sentences || message.id.includes(".") ? inWords(message) : say(message);
}
