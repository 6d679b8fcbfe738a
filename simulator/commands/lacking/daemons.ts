/**
 * `pveproxy status` and its kin: they ask and move systemd's unit of their name, and start nothing of their own.
 *
 * @source pve-common 8.3.8 PVE/Daemon.pm register_restart_command and its kin, typed on a node of pve-manager 8.4.21
 */
import type { Program } from "../../shell/process.ts";
import { type CliCommand, runCommandLine } from "../pve-cli/run-command.ts";
import { knownCommand } from "./known-command.ts";

export const daemonCommand: Program = (context) => {
  const program = context.argv[0]!.replace(/^.*\//, "");
  const byUnit = (verb: string): CliCommand =>
    knownCommand(`${program} ${verb}`, ({ run }) => run(`systemctl ${verb} ${program}`));
  const status = knownCommand(`${program} status`, async ({ run, stdout }) => {
    const active = (await run(`systemctl is-active --quiet ${program}`)) === 0;
    await stdout.write(`${active ? "running" : "stopped"}\n`);
    return 0;
  });
  return runCommandLine(context, { program, commands: [status, ...["restart", "start", "stop"].map(byUnit)] });
};
