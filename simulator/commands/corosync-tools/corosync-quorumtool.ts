/** corosync-quorumtool: the vote as corosync sees it on this node. */
import { corosyncHangs, votequorumStatus } from "../../cluster/corosync/view.ts";
import { wallNowMs } from "../../cluster/wall-clock.ts";
import type { ProgramContext } from "../../shell/process.ts";
import { notModelled } from "../printed.ts";
import { membershipTable, type ReportStyle, statusReport } from "./quorum-report.ts";

/** `-e` ends when the votes count in the whole partition. @source FACTS 6: 20 to 55 ms */
export const EXPECTED_MS = 45;

/** Without corosync every tool of its says this. @source recordings 43, 55 */
export const NO_CMAP = "Cannot initialize CMAP service\n";

const USAGE = `usage:
corosync-quorumtool <options>

  options:
    -s             show quorum status
    -l             list nodes
    -i             show node addresses instead of names
    -e <expected>  change the number of expected votes (*)
    -H             show node ids in hexadecimal
    -h             show this help
  (*) needs the right to write to corosync: root
`;

export async function corosyncQuorumtool(context: ProgramContext): Promise<number> {
  const style: ReportStyle = { hexIds: false, addresses: false };
  let action: "status" | "list" | "expected" = "status";
  let expected = "";
  const args = context.argv.slice(1);
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    if (!/^-[a-zA-Z]+$/.test(arg)) return usage(context);
    for (let k = 1; k < arg.length; k++) {
      const option = arg[k]!;
      if (option === "s") action = "status";
      else if (option === "l") action = "list";
      else if (option === "i") style.addresses = true;
      else if (option === "H") style.hexIds = true;
      else if (option === "e") {
        action = "expected";
        expected = arg.slice(k + 1) || (args[++i] ?? "");
        break;
      } else if (option === "h") {
        await context.stdout.write(USAGE);
        return 0;
      } else if ("mnovVfp".includes(option)) {
        await context.stderr.write(notModelled("corosync-quorumtool", `-${option}`));
        return 1;
      } else return usage(context);
    }
  }
  await waitWhileHung(context);
  const status = context.lab.read((lab) => votequorumStatus(lab, context.node));
  if (!status) {
    await context.stderr.write(NO_CMAP);
    return 1;
  }
  if (action === "expected") return setExpected(context, expected);
  for (const { nodeId } of status.members.filter(({ name }) => name === "")) {
    await context.stderr.write(`Unable to get node address for nodeid ${nodeId}: CS_ERR_NOT_EXIST\n`);
  }
  if (action === "list") {
    await context.stdout.write(membershipTable(status, style));
    return 0;
  }
  await context.stdout.write(statusReport(status, context.lab.read(wallNowMs), style));
  return status.quorate ? 0 : 2;
}

/** A tool that asks a hung corosync waits with it. */
export async function waitWhileHung(context: ProgramContext): Promise<void> {
  await context.lab.until((lab) => (corosyncHangs(lab, context.node) ? undefined : true), { signal: context.signal });
}

async function setExpected(context: ProgramContext, text: string): Promise<number> {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1) {
    await context.stderr.write("New expected votes value was not valid, try a positive number\n");
    return 1;
  }
  const answer = context.lab.act("corosync/expected", { node: context.node, value });
  if (answer.exitCode === 0) await context.lab.sleep(EXPECTED_MS, context.signal);
  await context.stderr.write(answer.output);
  return answer.exitCode;
}

async function usage(context: ProgramContext): Promise<number> {
  await context.stderr.write(USAGE);
  return 2;
}
