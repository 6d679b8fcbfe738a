/** Keys for a program that shows something new now and then by itself. */
import type { ProgramContext, Tty } from "../../shell/process.ts";

/** Keys as they come; undefined when none came in time. @param ms of the model's time @throws Terminated */
export async function keysWithin(
  ctx: Pick<ProgramContext, "lab" | "signal">,
  tty: Tty,
  ms: number,
): Promise<Uint8Array | undefined> {
  const stop = new AbortController();
  const wait = new AbortController();
  const pause = ctx.lab.sleep(ms, AbortSignal.any([wait.signal, ctx.signal])).then(
    () => stop.abort(new Error("no key came in time")),
    () => undefined,
  );
  let keys: Uint8Array | undefined;
  try {
    keys = await tty.readKeys(stop.signal);
  } catch (error) {
    if (!stop.signal.aborted || error !== stop.signal.reason) throw error;
  }
  wait.abort(new Error("a key came"));
  await pause;
  return keys;
}
