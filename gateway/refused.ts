/** A request that is not done, thrown where it is found out and answered through the request's acknowledgement. */
import type { Message, Refusal } from "./protocol.ts";
import { say } from "./words.ts";

export class Refused extends Error {
  override name = "Refused";
  readonly refusal: Refusal;

  constructor(code: Refusal["code"], message: Message, options: { retry?: boolean; cause?: unknown } = {}) {
    super(say(message), { cause: options.cause });
    this.refusal = { code, message, retry: options.retry ?? false };
  }
}
