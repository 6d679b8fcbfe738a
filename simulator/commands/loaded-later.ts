/** Programs that are seldom typed: their code is loaded when one of them runs first, so that a start does not wait for it. */
import type { Program } from "../shell/process.ts";

/** @param load the module that has them @param name of the program in it */
export function loadedLater<Name extends string>(load: () => Promise<Record<Name, Program>>, name: Name): Program {
  return async (ctx) => (await load())[name](ctx);
}
