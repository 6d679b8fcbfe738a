/** A request to change the cluster in the foreground: what it prints as it comes, then its answer. */
import { type MemberAnswer, memberAnswer, memberLines } from "../../cluster/join/cluster-jobs.ts";
import type { ProgramContext } from "../../shell/process.ts";

/** @param id of the request on this node @returns what came of it @throws Terminated */
export async function followRequest(context: ProgramContext, id: number): Promise<MemberAnswer> {
  const { lab, node, signal } = context;
  let shown = 0;
  for (;;) {
    const seen = await lab.until(
      (state) => {
        const lines = memberLines(state, node, id).slice(shown);
        const answer = memberAnswer(state, node, id);
        return lines.length > 0 || answer ? { lines, answer } : undefined;
      },
      { signal },
    );
    for (const { stream, text } of seen?.lines ?? []) await context[stream].write(text);
    shown += seen?.lines.length ?? 0;
    if (seen?.answer) return seen.answer;
  }
}
