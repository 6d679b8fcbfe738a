/**
 * `pct` and `pveam`: no node of a lab carries containers, so there is none of any number, and no template of one.
 *
 * @source pve-container 5.3.5 PVE/CLI/pct.pm, pve-manager 8.4.21 PVE/CLI/pveam.pm, typed on such a node without containers
 */
import type { Program } from "../../shell/process.ts";
import { wordsOf } from "../pve-cli/command-lines.ts";
import { type CliCommand, runCommandLine } from "../pve-cli/run-command.ts";
import { knownCommand, sayingCommand } from "./known-command.ts";

/** Of these it does not follow from there being no container what they would do. */
const OTHER = ["create", "restore", "resume", "list", "rescan", "cpusets"];

/** What is looked at before the configuration, and the exit status where it is not 2. */
const OWN_WORDS: Record<string, (vmid: string) => string> = {
  reboot: (vmid) => `VM ${vmid} not running\n`,
  shutdown: (vmid) => `CT ${vmid} not running\n`,
  stop: (vmid) => `CT ${vmid} not running\n`,
  suspend: (vmid) => `CT ${vmid} not running\n`,
};

const ofContainer = (words: string): CliCommand =>
  knownCommand(`pct ${words}`, async (context, { vmid }) => {
    const own = OWN_WORDS[words]?.(vmid!);
    await context.stderr.write(own ?? `Configuration file 'nodes/${context.node}/lxc/${vmid}.conf' does not exist\n`);
    return own !== undefined || words === "start" ? 255 : 2;
  });

const PCT: CliCommand[] = [
  sayingCommand("pct list", ""),
  ...wordsOf("pct")
    .filter((words) => !OTHER.includes(words))
    .map(ofContainer),
];

export const pct: Program = (context) => runCommandLine(context, { program: "pct", commands: PCT });

const PVEAM: CliCommand[] = [
  sayingCommand("pveam list", `${"NAME".padEnd(60)} ${"SIZE".padEnd(6)}\n`),
  // Nothing answers outside of a lab, as on a node without a way to the internet.
  sayingCommand("pveam update", "update failed - see /var/log/pveam.log for details\n"),
];

export const pveam: Program = (context) => runCommandLine(context, { program: "pveam", commands: PVEAM });
