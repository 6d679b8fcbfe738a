/**
 * `vzdump` and `qmrestore`: their arguments are looked at as a real node does; a backup itself is not modelled.
 *
 * @source pve-manager 8.4.21 PVE/VZDump.pm verify_vzdump_parameters, PVE/CLI/vzdump.pm; qemu-server 8.4.10 PVE/CLI/qmrestore.pm
 */
import { pmxcfsMounted } from "../../cluster/pmxcfs/pmxcfs-view.ts";
import { isTrue } from "../../cluster/truth.ts";
import type { Program, ProgramContext } from "../../shell/process.ts";
import { notModelled } from "../printed.ts";
import { recordedOptionTexts, recordedUsage } from "../pve-cli/command-lines.ts";
import { NO_PMXCFS, START_MS } from "../pve-cli/no-pmxcfs.ts";
import { readArguments } from "../pve-cli/run-command.ts";
import type { Values } from "../pvecm/arguments.ts";
import { knownCommand } from "./known-command.ts";

/** Given together with numbers of guests, these contradict them. */
const AGAINST_NUMBERS = ["all", "exclude", "pool"];

export const vzdump: Program = (context) => single(context, "vzdump", async (values) => wrongTogether(values));

export const qmrestore: Program = (context) =>
  single(
    context,
    "qmrestore",
    async () => undefined,
    async ({ archive }) => {
      if (!archive!.startsWith("/")) return undefined;
      const found = await context.files.stat(archive!).then(
        () => true,
        () => false,
      );
      if (found) return undefined;
      await context.stderr.write(`can't find file '${archive}'\n`);
      return 2;
    },
  );

/** What is wrong with the values of a backup together. */
function wrongTogether(values: Values): string | undefined {
  const numbers = values.vmid !== undefined && values.vmid !== "";
  const against = AGAINST_NUMBERS.find((name) => (name === "all" ? isTrue(values.all) : values[name] !== undefined));
  if (numbers && against !== undefined) return `${against}: option conflicts with option 'vmid'`;
  if (values["prune-backups"] !== undefined && values.maxfiles !== undefined) {
    return "prune-backups: option conflicts with option 'maxfiles'";
  }
  const all = isTrue(values.all) || isTrue(values.stop) || values.pool !== undefined || values.exclude !== undefined;
  return numbers || all ? undefined : "vmid: property is missing";
}

/** A program that is one command. @param problem what is wrong with the values together @param refuse its exit status, when it says no by itself */
async function single(
  context: ProgramContext,
  program: string,
  problem: (values: Values) => Promise<string | undefined>,
  refuse: (values: Values) => Promise<number | undefined> = async () => undefined,
): Promise<number> {
  await context.lab.sleep(START_MS, context.signal);
  const args = context.argv.slice(1);
  if (args[0] === "help" && args.length === 1) {
    await context.stdout.write(
      `USAGE: ${program} help\nUSAGE: ${recordedUsage(program)}\n${recordedOptionTexts(program)}\n`,
    );
    return 0;
  }
  if (!context.lab.read((lab) => pmxcfsMounted(lab, context.node))) {
    await context.stderr.write(NO_PMXCFS.text);
    return NO_PMXCFS.status;
  }
  const read = await readArguments(
    context,
    knownCommand(program, async () => 0),
    args,
  );
  if (typeof read === "number") return read;
  const wrong = await problem(read.values);
  if (wrong !== undefined) {
    await context.stderr.write(`400 Parameter verification failed.\n${wrong}\n${recordedUsage(program)}\n`);
    return 255;
  }
  const refused = await refuse(read.values);
  if (refused !== undefined) return refused;
  await context.stderr.write(notModelled(program, args.join(" ")));
  return 1;
}
