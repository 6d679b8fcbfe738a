/**
 * `pvesr`: the jobs that /etc/pve/replication.cfg names. None of them runs in a lab.
 *
 * @source pve-manager 8.4.21 PVE/CLI/pvesr.pm, pve-guest-common 5.2.2 PVE/ReplicationConfig.pm, typed without jobs
 */

import { allGuests } from "../../cluster/guests/guest-view.ts";
import { isTrue } from "../../cluster/truth.ts";
import type { Program, ProgramContext } from "../../shell/process.ts";
import { notModelled } from "../printed.ts";
import { type CliCommand, runCommandLine } from "../pve-cli/run-command.ts";
import type { Values } from "../pvecm/arguments.ts";
import { answerOf, knownCommand } from "./known-command.ts";

type Job = Record<string, string>;

const STATUS_HEAD = `${"JobID".padEnd(10)} ${"Enabled".padEnd(10)} ${"Target".padEnd(20)} ${"LastSync".padStart(20)} ${"NextSync".padStart(20)} ${"Duration".padStart(10)} ${"FailCount".padStart(10)} State\n`;

const COMMANDS: CliCommand[] = [
  knownCommand("pvesr list", async (context) => {
    const jobs = await jobsOf(context);
    if (typeof jobs === "number") return jobs;
    await context.stdout.write(line("JobID", "Target", "Schedule", "Rate", "Enabled") + jobs.map(row).join(""));
    return 0;
  }),
  knownCommand("pvesr status", async (context) => {
    const jobs = await jobsOf(context);
    if (typeof jobs === "number") return jobs;
    if (jobs.length > 0) {
      await context.stderr.write(notModelled("pvesr", "status"));
      return 1;
    }
    await context.stdout.write(STATUS_HEAD);
    return 0;
  }),
  ...["read", "delete", "disable", "enable", "update", "schedule-now", "run"].map((words) =>
    knownCommand(`pvesr ${words}`, async (context, { id, ...rest }) => {
      if (id === undefined) return otherRun(context, rest);
      const jobs = await jobsOf(context);
      if (typeof jobs === "number") return jobs;
      const known = jobs.some((job) => job.id === id);
      const missing = ["read", "schedule-now"].includes(words)
        ? `no such replication job '${id}'\n`
        : `no such job '${id}'\n`;
      await context.stderr.write(known ? notModelled("pvesr", words) : missing);
      return known ? 1 : 2;
    }),
  ),
  knownCommand("pvesr create-local-job", async (context, { id }) => {
    const vmid = Number(id!.split("-")[0]);
    const there = context.lab.read((lab) => allGuests(lab, context.node).some((guest) => guest.vmid === vmid));
    await context.stderr.write(there ? notModelled("pvesr", "create-local-job") : `Guest '${vmid}' does not exist.\n`);
    return there ? 1 : 2;
  }),
];

/** Without a job's number every job that is due is run: of none there is nothing to say. */
async function otherRun(context: ProgramContext, values: Values): Promise<number> {
  const jobs = await jobsOf(context);
  if (typeof jobs === "number") return jobs;
  if (jobs.length === 0 && Object.keys(values).every((name) => ["mail", "verbose"].includes(name))) return 0;
  await context.stderr.write(notModelled("pvesr", "run"));
  return 1;
}

async function jobsOf(context: ProgramContext): Promise<Job[] | number> {
  const answer = await answerOf(context, "/cluster/replication");
  return typeof answer === "number" ? answer : (answer.data as Job[]);
}

function line(id: string, target: string, schedule: string, rate: string, enabled: string): string {
  return `${id.padEnd(20)} ${target.padEnd(20)} ${schedule.padStart(10)} ${rate.padStart(5)} ${enabled.padStart(8)}\n`;
}

function row(job: Job): string {
  const enabled = isTrue(job.disable) ? "no" : "yes";
  return line(job.id!, `local/${job.target ?? ""}`, job.schedule ?? "*/15", job.rate ?? "-", enabled);
}

export const pvesr: Program = (context) => runCommandLine(context, { program: "pvesr", commands: COMMANDS });
