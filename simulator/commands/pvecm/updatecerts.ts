/**
 * `pvecm updatecerts`: waits for quorum, then what is missing is made (cluster/pki/renewal.ts).
 *
 * Its worker's lines reach a terminal; elsewhere those alone that it had printed when it started a program last: what is
 * left in a buffer is lost with it. ^C and SIGTERM end the worker, whose answer is then none.
 *
 * @source pve-cluster 8.1 PVE/CLI/pvecm.pm, PVE/Cluster/Setup.pm; recordings/pve/updatecerts.json; recording 32: no output,
 *   68 s until the cluster was back, and what SIGTERM leaves; pve-common run_fork_with_timeout run alone for the signals
 */
import { ROOT_KEY } from "../../cluster/accounts/ssh-keys.ts";
import { renewal } from "../../cluster/pki/renewal.ts";
import { pmxcfsWritable } from "../../cluster/pmxcfs/pmxcfs-view.ts";
import { UPDATECERTS_TIMEOUT_MS } from "../../cluster/services/services-slice.ts";
import { isTrue } from "../../cluster/truth.ts";
import type { ProgramContext } from "../../shell/process.ts";
import type { Values } from "./arguments.ts";

/** How often somebody who waits is told so, milliseconds. */
const WAITING_TOLD_MS = 5_000;

const TIMED_OUT =
  "got timeout when trying to ensure cluster certificates and base file hierarchy is set up - no quorum (yet) or hung pmxcfs?\n";

/** Of the worker's answer, when it died before it gave one. @source recording 32 */
const NO_ANSWER =
  'malformed JSON string, neither tag, array, object, number, string or atom, at character offset 0 (before "(end of string)") at /usr/share/perl5/PVE/Tools.pm line 1089, <GEN0> chunk 1.\n';

export async function updateCertificates(context: ProgramContext, values: Values): Promise<number> {
  const interrupted = new AbortController();
  const unlisten = (["SIGINT", "SIGTERM"] as const).map((name) => context.onSignal(name, () => interrupted.abort()));
  try {
    return await runWorker({ ...context, signal: AbortSignal.any([context.signal, interrupted.signal]) }, values);
  } catch (error) {
    if (!interrupted.signal.aborted || context.signal.aborted) throw error;
    await context.stderr.write(`${NO_ANSWER}interrupted by unexpected signal\n`);
    return 1;
  } finally {
    for (const stop of unlisten) stop();
  }
}

async function runWorker(context: ProgramContext, values: Values): Promise<number> {
  const { lab, node, signal, stderr } = context;
  const silent = isTrue(values.silent);
  const buffered = new WorkerOutput(context);
  const untilMs = lab.read(({ nowMs }) => nowMs) + UPDATECERTS_TIMEOUT_MS;
  const restMs = () => Math.max(0, untilMs - lab.read(({ nowMs }) => nowMs));
  const timedOut = async () => {
    await stderr.write(TIMED_OUT);
    return silent ? 0 : 1;
  };

  await makeRootKey(context, buffered);
  while (!lab.read((state) => pmxcfsWritable(state.nodes[node]!.pmxcfs))) {
    if (restMs() === 0) return timedOut();
    if (!silent) await buffered.print("waiting for pmxcfs mount to appear and get quorate...\n");
    await lab.until((state) => (pmxcfsWritable(state.nodes[node]!.pmxcfs) ? true : undefined), {
      timeoutMs: Math.min(WAITING_TOLD_MS, restMs()),
      signal,
    });
  }
  const unmerge = isTrue(values["unmerge-known-hosts"]);
  const { id } = lab.act("pki/renew", { node, force: isTrue(values.force), unmerge });
  try {
    return (await followRenewal(context, id, { silent, buffered, restMs })) ?? (await timedOut());
  } finally {
    lab.act("pki/stop-renewal", { id });
  }
}

/** Print what a run prints, until it ends. @returns the exit status; undefined when the time was up */
async function followRenewal(
  { lab, signal, stderr }: ProgramContext,
  id: number,
  { silent, buffered, restMs }: { silent: boolean; buffered: WorkerOutput; restMs: () => number },
): Promise<number | undefined> {
  let shown = 0;
  let flushed = 0;
  for (;;) {
    const seen = await lab.until(
      (state) => {
        const one = renewal(state, id);
        const runs = one && one.error === undefined && state.nodes[one.node]!.processes[one.pid] !== undefined;
        if (runs && one.lines.length === shown && one.flushed === flushed) return undefined;
        return { lines: one?.lines.slice(shown) ?? [], flushed: one?.flushed ?? 0, runs, error: one?.error };
      },
      { signal, timeoutMs: restMs() },
    );
    if (!seen) return undefined;
    flushed = seen.flushed;
    if (flushed === shown) await buffered.flush();
    for (const { stream, text } of seen.lines) {
      if (stream === "stderr") await stderr.write(`${text}\n`);
      else if (!silent) await buffered.print(`${text}\n`);
      shown += 1;
      if (flushed === shown) await buffered.flush();
    }
    if (seen.runs) continue;
    if (seen.error) await stderr.write(`${seen.error}\n`);
    return seen.error === "" ? 0 : 1;
  }
}

/** Standard output of a process that ends without writing what it holds back. */
class WorkerOutput {
  readonly #context: ProgramContext;
  #held = "";

  constructor(context: ProgramContext) {
    this.#context = context;
  }

  /** On a terminal at once. */
  async print(text: string): Promise<void> {
    this.#held += text;
    if (this.#context.isTty.stdout) await this.flush();
  }

  async flush(): Promise<void> {
    const text = this.#held;
    this.#held = "";
    if (text !== "") await this.#context.stdout.write(text);
  }
}

/** Root gets a key when the public one is missing; ssh-keygen asks before it takes the place of a private one. */
async function makeRootKey(context: ProgramContext, buffered: WorkerOutput): Promise<void> {
  const there = await context.files.stat(`${ROOT_KEY}.pub`).then(
    ({ type }) => type === "file",
    () => false,
  );
  if (there) return;
  await buffered.flush();
  await context.run(`mkdir -p /root/.ssh; echo | ssh-keygen -t rsa -N '' -b 4096 -f ${ROOT_KEY}`);
}
