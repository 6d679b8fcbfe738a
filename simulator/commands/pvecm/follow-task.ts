/** A worker task in the foreground: its output as it comes, then its error. */
import { clusterJob } from "../../cluster/join/cluster-jobs.ts";
import { findTask } from "../../cluster/tasks/tasks.ts";
import { type ProgramContext, Terminated } from "../../shell/process.ts";

/**
 * Print a task's output until it ends.
 *
 * ^C ends the worker, too, as in Proxmox; a lost terminal does not, unless the task waits for an answer.
 *
 * @param answer says what to answer when the task asks whether a certificate is the right one
 */
export async function followTask(
  context: ProgramContext,
  upid: string,
  answer?: (question: { host: string; fingerprint: string }) => Promise<boolean>,
): Promise<void> {
  const { lab, node } = context;
  let printed = 0;
  let asking = false;
  try {
    for (;;) {
      const news = await lab.until(
        (state) => {
          const task = findTask(state, node, upid);
          if (!task) return { text: "", ended: true, error: "", question: null };
          const question = clusterJob(state, node, upid)?.question ?? null;
          if (task.running && !question && task.output.length === printed) return undefined;
          const error = task.running || task.exitStatus === "OK" ? "" : task.exitStatus;
          return {
            text: task.output.slice(printed),
            ended: !task.running,
            error,
            question: question && { ...question },
          };
        },
        { signal: context.signal },
      );
      if (!news) return;
      printed += news.text.length;
      if (news.text) await context.stdout.write(news.text);
      if (news.ended) {
        if (news.error) await context.stderr.write(`${news.error}\n`);
        return;
      }
      if (news.question && answer) {
        asking = true;
        const accept = await answer(news.question);
        asking = false;
        lab.act("cluster/answer", { node, upid, accept });
      }
    }
  } catch (error) {
    if (error instanceof Terminated && (asking || error.signal === "SIGINT" || error.signal === "SIGTERM")) {
      lab.act("tasks/stop", { node, upid });
    }
    throw error;
  }
}
