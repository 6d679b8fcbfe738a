/** `pvs`, `vgs`, `lvs`: the node's volume group with what guests have on it. Forms of LVM 2.03. */
import { volumeGroup } from "../../cluster/storage/volume-group.ts";
import type { Program, ProgramContext } from "../../shell/process.ts";
import { type Arguments, readArguments, refuseUsage } from "../coreutils/arguments.ts";
import { aligned } from "../coreutils/file-words.ts";

const GIB = 1024 ** 3;

const groupOf = ({ lab, node }: ProgramContext) => lab.read((state) => volumeGroup(state, node));

const size = (bytes: number) => (bytes >= GIB ? `${(bytes / GIB).toFixed(2)}g` : `${(bytes / 1024 ** 2).toFixed(2)}m`);

/** A report as LVM prints it: two spaces before each line. */
function report(table: (ctx: ProgramContext) => { rows: string[][]; left: number[] }): Program {
  return async (ctx) => {
    let args: Arguments;
    try {
      args = readArguments(ctx.argv, "ao:", { all: "a", noheadings: "noheadings" });
    } catch (error) {
      return refuseUsage(ctx, error, 3);
    }
    if (args.flags.has("o")) {
      await ctx.stderr.write(`${ctx.argv[0]}: -o is not modelled in this simulated node yet\n`);
      return 1;
    }
    const { rows, left } = table(ctx);
    const text = aligned(rows, left).replace(/^/gm, "  ").replace(/ +$/, "");
    await ctx.stdout.write(args.flags.has("noheadings") ? text.slice(text.indexOf("\n") + 1) : text);
    return 0;
  };
}

export const lvs = report((ctx) => {
  const { name, volumes } = groupOf(ctx);
  return {
    rows: [
      ["LV", "VG", "Attr", "LSize", "Pool", "Origin", "Data%", "Meta%", "Move", "Log", "Cpy%Sync", "Convert"],
      ...volumes.map((one) => [
        one.name,
        name,
        one.attributes,
        size(one.bytes),
        one.pool,
        "",
        one.data,
        one.meta,
        "",
        "",
        "",
        "",
      ]),
    ],
    left: [0, 1, 2, 4, 5, 6, 7, 8, 9, 10],
  };
});

export const vgs = report((ctx) => {
  const { name, volumes, sizeBytes, freeBytes } = groupOf(ctx);
  return {
    rows: [
      ["VG", "#PV", "#LV", "#SN", "Attr", "VSize", "VFree"],
      [name, "1", String(volumes.length), "0", "wz--n-", size(sizeBytes), size(freeBytes)],
    ],
    left: [0, 4],
  };
});

export const pvs = report((ctx) => {
  const { name, device, sizeBytes, freeBytes } = groupOf(ctx);
  return {
    rows: [
      ["PV", "VG", "Fmt", "Attr", "PSize", "PFree"],
      [device, name, "lvm2", "a--", size(sizeBytes), size(freeBytes)],
    ],
    left: [0, 1, 2, 3],
  };
});
