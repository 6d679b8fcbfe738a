/** A job of the model in the foreground: its output as it comes, its error, its exit status. */
import { type GuestRequest, goesOffline, OFFLINE_INSTEAD } from "../../cluster/guests/guest-actions.ts";
import { guestConfig, instanceOf } from "../../cluster/guests/guest-view.ts";
import { missingText } from "../../cluster/guests/refusals.ts";
import { exitStatusOf, findJob } from "../../cluster/jobs/jobs.ts";
import { Refusal } from "../../cluster/refusal.ts";
import { digestMismatch } from "../../node-view/guest-digest.ts";
import { type ProgramContext, Terminated } from "../../shell/process.ts";

/**
 * Start a change of a guest and follow it to its end.
 *
 * @param usage the command's line of usage, shown when an argument is refused
 * @returns the exit status
 */
export async function runGuestAction(
  context: ProgramContext,
  request: Omit<GuestRequest, "node" | "program">,
  usage = "",
): Promise<number> {
  const { lab, node } = context;
  let job: number;
  let upid: string;
  const asked = { ...request, node, program: "qm" };
  // Whether it is paused is asked first: that nothing runs is a warning then. @source g30; qemu-server 8.4.10, typed
  if (["shutdown", "reboot"].includes(request.action)) {
    const { vmid, action } = request;
    const there = lab.read((state) => guestConfig(state, node, vmid) !== undefined);
    const runs = lab.read((state) => instanceOf(state, node, vmid) !== undefined);
    if (!runs) await context.stderr.write(`${there ? `VM ${vmid} not running` : missingText(action, vmid, node)}\n\n`);
  }
  const digestProblem = lab.read((state) => digestMismatch(state, node, request.vmid, request.params.digest));
  if (digestProblem !== undefined) {
    await context.stderr.write(`${digestProblem}\n`);
    return 255;
  }
  const warning = lab.read((state) => goesOffline(state, asked));
  try {
    ({ job, upid } = lab.act("guests/act", asked));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    await context.stderr.write(
      error.code === "parameter"
        ? `400 Parameter verification failed.\n${error.message}\n${usage}\n`
        : `${error.code === "permission" ? "403 " : ""}${error.message}\n`,
    );
    return exitStatusOf(error.message);
  }
  if (warning) await context.stderr.write(`${OFFLINE_INSTEAD}\n`);
  return followJob(context, job, upid);
}

/** Print what a job writes until it ends; ^C ends it, too, in its own way. */
export async function followJob(context: ProgramContext, id: number, upid: string): Promise<number> {
  const { lab, node } = context;
  let printed = 0;
  try {
    for (;;) {
      const news = await lab.until(
        (state) => {
          const job = findJob(state, node, id);
          if (!job) return { text: "", ended: true, error: "", exitCode: 255 };
          if (job.running && job.output.length === printed) return undefined;
          return { text: job.output.slice(printed), ended: !job.running, error: job.error, exitCode: job.exitCode };
        },
        { signal: context.signal },
      );
      if (!news) return 255;
      printed += news.text.length;
      if (news.text) await context.stdout.write(news.text);
      if (news.ended) {
        if (news.error) await context.stderr.write(`${news.error}\n`);
        return news.exitCode;
      }
    }
  } catch (error) {
    if (error instanceof Terminated && upid && (error.signal === "SIGINT" || error.signal === "SIGTERM")) {
      lab.act("tasks/stop", { node, upid });
    }
    throw error;
  }
}
