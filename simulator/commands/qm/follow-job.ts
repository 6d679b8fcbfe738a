/** A job of the model in the foreground: its output as it comes, its error, its exit status. */
import {
  type GuestAction,
  type GuestRequest,
  goesOffline,
  OFFLINE_INSTEAD,
} from "../../cluster/guests/guest-actions.ts";
import { exitStatusOf, findJob } from "../../cluster/jobs/jobs.ts";
import { Refusal } from "../../cluster/refusal.ts";
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
  const warning = lab.read((state) => goesOffline(state, asked));
  try {
    ({ job, upid } = lab.act("guests/act", asked));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const missing = error.code === "not-found" ? WITHOUT_CONFIGURATION[request.action] : undefined;
    if (missing && error.message.startsWith("Configuration file ")) {
      await context.stderr.write(missing.text?.(request.vmid, node) ?? `${error.message}\n`);
      return missing.status;
    }
    await context.stderr.write(
      error.code === "parameter"
        ? `400 Parameter verification failed.\n${error.message}\n${usage}\n`
        : `${error.message}\n`,
    );
    return exitStatusOf(error.message);
  }
  if (warning) await context.stderr.write(`${OFFLINE_INSTEAD}\n`);
  return followJob(context, job, upid);
}

const unfound = (vmid: number, node: string) => `unable to find configuration file for VM ${vmid} on node '${node}'\n`;
const twice = (vmid: number, node: string) => `${unfound(vmid, node)}\n${unfound(vmid, node)}`;

/**
 * What is said of a guest that is not there by commands whose worker finds it out, and their exit status.
 *
 * @source qemu-server 8.4.10, typed on a node of pve-manager 8.4.21
 */
const WITHOUT_CONFIGURATION: Partial<
  Record<GuestAction, { text?: (vmid: number, node: string) => string; status: number }>
> = {
  reboot: { text: twice, status: 2 },
  reset: { text: unfound, status: 2 },
  resize: { status: 0 },
  resume: { text: unfound, status: 2 },
  shutdown: { text: twice, status: 255 },
  start: { status: 255 },
  stop: { text: unfound, status: 255 },
  suspend: { text: unfound, status: 2 },
};

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
