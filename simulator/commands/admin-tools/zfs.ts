/** `zpool` and `zfs` on a node that has no pool: they say so. @source OpenZFS cmd/zpool/zpool_main.c, cmd/zfs/zfs_main.c */
import type { Program } from "../../shell/process.ts";
import { notModelled } from "../printed.ts";

export const zpool: Program = async (ctx) => {
  const [, command, ...words] = ctx.argv;
  const names = words.filter((word) => !word.startsWith("-"));
  if (command !== undefined && ["list", "status", "iostat"].includes(command)) {
    if (names.length > 0) {
      await ctx.stderr.write(`cannot open '${names[0]}': no such pool\n`);
      return 1;
    }
    const scripted = command === "list" && words.some((word) => /^-\w*H/.test(word));
    if (command === "list" && !scripted) await ctx.stdout.write("no pools available\n");
    if (command !== "list") await ctx.stderr.write("no pools available\n");
    return command === "iostat" ? 1 : 0;
  }
  await ctx.stderr.write(notModelled("zpool", command ?? "ZFS"));
  return 1;
};

export const zfs: Program = async (ctx) => {
  const [, command, ...words] = ctx.argv;
  const name = words.find((word, at) => !word.startsWith("-") && !/^-[dostS]$/.test(words[at - 1] ?? ""));
  if (command === "list") {
    if (name !== undefined) {
      await ctx.stderr.write(`cannot open '${name}': dataset does not exist\n`);
      return 1;
    }
    if (!words.some((word) => /^-\w*H/.test(word))) await ctx.stderr.write("no datasets available\n");
    return 0;
  }
  await ctx.stderr.write(notModelled("zfs", command ?? "ZFS"));
  return 1;
};
