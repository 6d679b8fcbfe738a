/**
 * `pct` and `pveam`: no node of a lab carries containers, so there is none of any number, and no template of one.
 *
 * @source pve-container 5.3.5 PVE/CLI/pct.pm, pve-manager 8.4.21 PVE/CLI/pveam.pm, typed on such a node without containers
 */
import type { Appliance } from "../../api/endpoints/appliances.ts";
import { storageCheckMs, storageTrouble } from "../../cluster/storage/volumes.ts";
import type { Program, ProgramContext } from "../../shell/process.ts";
import { notModelled } from "../printed.ts";
import { wordsOf } from "../pve-cli/command-lines.ts";
import { type CliCommand, runCommandLine } from "../pve-cli/run-command.ts";
import { answerOf, knownCommand, sayingCommand } from "./known-command.ts";

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

/** What may be downloaded, in the order in which pveam tells it. @returns the exit status after a refusal */
async function appliances(context: ProgramContext): Promise<Appliance[] | number> {
  const answer = await answerOf(context, `/nodes/${context.node}/aplinfo`);
  if (typeof answer === "number") return answer;
  const key = ({ section, template }: Appliance) => `${section}\n${template}`;
  return (answer.data as Appliance[]).toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
}

const PVEAM: CliCommand[] = [
  knownCommand("pveam available", async (context, { section }) => {
    const list = await appliances(context);
    if (typeof list === "number") return list;
    const shown = list.filter((one) => section === undefined || one.section === section);
    await context.stdout.write(shown.map((one) => `${one.section.padEnd(15)} ${one.template}\n`).join(""));
    return 0;
  }),
  knownCommand("pveam download", async (context, { storage, template }) => {
    const list = await appliances(context);
    if (typeof list === "number") return list;
    const known = list.some((one) => one.template === template);
    await context.stderr.write(
      known
        ? notModelled("pveam", `download ${storage} ${template}`)
        : "400 Parameter verification failed.\ntemplate: no such template\npveam download <storage> <template>\n",
    );
    return known ? 1 : 255;
  }),
  knownCommand("pveam list", async (context, { storage }) => {
    const trouble = context.lab.read((lab) => storageTrouble(lab, context.node, storage!));
    if (trouble !== undefined) {
      await context.lab.sleep(storageCheckMs(trouble), context.signal);
      await context.stderr.write(`${trouble}\n`);
      return 2;
    }
    await context.stdout.write(`${"NAME".padEnd(60)} ${"SIZE".padEnd(6)}\n`);
    return 0;
  }),
  // Nothing answers outside of a lab, as on a node without a way to the internet.
  sayingCommand("pveam update", "update failed - see /var/log/pveam.log for details\n"),
];

export const pveam: Program = (context) => runCommandLine(context, { program: "pveam", commands: PVEAM });
