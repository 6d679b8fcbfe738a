/** pmxcfs started by hand: `pmxcfs -l`, alone and writable though corosync.conf is there. @source recording 44 */
import {
  EXIT_REFUSED,
  FUSE_NOT_EMPTY,
  MOUNT_REFUSED,
  mountpointInUse,
  resolvedName,
  whyPmxcfsRefuses,
} from "../../cluster/pmxcfs/daemon.ts";
import { pmxcfsFile } from "../../cluster/pmxcfs/pmxcfs-view.ts";
import type { ProgramContext } from "../../shell/process.ts";
import { notModelled } from "../printed.ts";

const OPTIONS: Record<string, "debug" | "foreground" | "local"> = {
  "-d": "debug",
  "--debug": "debug",
  "-f": "foreground",
  "--foreground": "foreground",
  "-l": "local",
  "--local": "local",
};

/** @source pmxcfs of pve-cluster 8.1.3, typed, as are its refusals */
const HELP = `Usage:
  pmxcfs [OPTION…]

Help Options:
  -h, --help           Show help options

Application Options:
  -d, --debug          Turn on debug messages
  -f, --foreground     Do not daemonize server
  -l, --local          Force local mode (ignore corosync.conf, force quorum)

`;

export async function pmxcfs(context: ProgramContext): Promise<number> {
  const { lab, node } = context;
  const args = context.argv.slice(1);
  if (args.includes("-h") || args.includes("--help")) {
    await context.stdout.write(HELP);
    return 0;
  }
  const say = (text: string) => context.stderr.write(`[main] ${text}\n`);
  const unknown = args.find((arg) => arg.startsWith("-") && !Object.hasOwn(OPTIONS, arg));
  if (unknown !== undefined) {
    await say(`crit: option parsing failed: Unknown option ${unknown}`);
    return 1;
  }
  if (args.some((arg) => !arg.startsWith("-"))) {
    await say("crit: too many arguments");
    return 255;
  }
  const other = args.find((arg) => OPTIONS[arg] !== "local");
  if (other !== undefined) {
    await context.stderr.write(notModelled("pmxcfs", other));
    return 1;
  }
  const refusal = lab.read((state) => whyPmxcfsRefuses(state, node));
  if (refusal !== undefined) {
    await say(`crit: ${refusal}`);
    return 255;
  }
  await context.stderr.write(`${lab.read((state) => resolvedName(state, node))}\n`);
  if (lab.read((state) => state.nodes[node]?.pmxcfs.pid !== 0)) {
    await say("notice: unable to acquire pmxcfs lock - trying again");
    await lab.sleep(10_000, context.signal);
    await say("crit: unable to acquire pmxcfs lock: Resource temporarily unavailable");
    await say(EXIT_REFUSED);
    return 255;
  }
  if (lab.read((state) => mountpointInUse(state, node))) {
    await context.stderr.write(`${FUSE_NOT_EMPTY.join("\n")}\n`);
    await say(MOUNT_REFUSED);
    await say(EXIT_REFUSED);
    return 255;
  }
  const local = args.length > 0;
  lab.act("pmxcfs/start", { node, local });
  if (local && lab.read((state) => pmxcfsFile(state, node, "corosync.conf")) !== undefined) {
    await say("notice: forcing local mode (although corosync.conf exists)");
  }
  return 0;
}
