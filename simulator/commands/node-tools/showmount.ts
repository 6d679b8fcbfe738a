/** `showmount -e`: what an NFS server exports. @source nfs-utils 2.6.2, its own output */
import { addressOfName } from "../../cluster/host-network/node-address.ts";
import { exportList } from "../../node-view/export-list.ts";
import type { Program } from "../../shell/process.ts";
import { BadOption, getopt } from "../getopt.ts";
import { notModelled } from "../printed.ts";

const USAGE = `Usage: showmount [-adehv]
       [--all] [--directories] [--exports]
       [--no-headers] [--help] [--version] [host]
`;

const LONG = {
  ...{ all: "a", directories: "d", exports: "e", help: "h", version: "v" },
  "no-headers": "no-headers",
};

export const showmount: Program = async (ctx) => {
  const [given, hosts] = [new Set<string>(), [] as string[]];
  try {
    for (const { option } of getopt("showmount", ctx.argv.slice(1), "adehv", LONG, hosts)) given.add(option);
  } catch (error) {
    if (!(error instanceof BadOption)) throw error;
    await ctx.stderr.write(`${error.message}\n${USAGE}`);
    return 1;
  }
  if (given.has("h") || given.has("v")) {
    await ctx.stdout.write(given.has("h") ? USAGE : "showmount for 2.6.2\n");
    return 0;
  }
  if (hosts.length > 1) {
    await ctx.stderr.write("showmount: only one hostname is allowed\n");
    return 1;
  }
  if (!given.has("e")) {
    await ctx.stderr.write(notModelled("showmount", "the list of clients"));
    return 1;
  }
  const [host = "localhost"] = hosts;
  const address = ctx.lab.read((lab) => addressOfName(lab, ctx.node, host));
  const list = address === undefined ? undefined : ctx.lab.read((lab) => exportList(lab, ctx.node, address));
  if (list?.kind !== "exports") {
    if (list) await ctx.lab.sleep(list.afterMs, ctx.signal);
    await ctx.stderr.write(`clnt_create: ${list?.problem ?? "RPC: Unknown host"}\n`);
    return 1;
  }
  const width = Math.max(0, ...list.exports.map(({ path }) => path.length));
  const lines = list.exports.map(({ path, clients }) => `${path.padEnd(width)} ${clients}\n`).join("");
  await ctx.stdout.write(given.has("no-headers") ? lines : `Export list for ${host}:\n${lines}`);
  return 0;
};
