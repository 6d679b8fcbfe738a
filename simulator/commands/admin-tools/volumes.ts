/** `pvs`, `vgs`, `lvs`: the volume group `pve` of the appliance with what guests have on it. Forms of LVM 2.03. */
import { NODE_ROOT_BYTES, NODE_SWAP_BYTES } from "../../cluster/files/synthetic.ts";
import { storageDefinitions } from "../../cluster/storage/storage-config.ts";
import { storageSpace, volumesOn } from "../../cluster/storage/volumes.ts";
import type { Program, ProgramContext } from "../../shell/process.ts";
import { type Arguments, readArguments, refuseUsage } from "../coreutils/arguments.ts";
import { aligned } from "../coreutils/file-words.ts";

const GIB = 1024 ** 3;
/** The partition that the group lies on; `lsblk` shows it. */
const GROUP_BYTES = 95.5 * GIB;

interface Logical {
  name: string;
  attributes: string;
  bytes: number;
  pool: string;
  data: string;
  meta: string;
}

function logicalVolumes(ctx: ProgramContext): { volumes: Logical[]; freeBytes: number } {
  const { pool, used, guests } = ctx.lab.read((lab) => {
    const definition = storageDefinitions(lab, ctx.node).find((one) => one.type === "lvmthin");
    const space = definition && storageSpace(lab, ctx.node, definition);
    return {
      pool: space?.totalBytes ?? 60 * GIB,
      used: space ? space.usedBytes / space.totalBytes : 0,
      guests: definition ? volumesOn(lab, ctx.node, definition) : [],
    };
  });
  const percent = (share: number) => (share * 100).toFixed(2);
  const volumes: Logical[] = [
    {
      name: "data",
      attributes: "twi-aotz--",
      bytes: pool,
      pool: "",
      data: percent(used),
      meta: percent(0.016 + used / 20),
    },
    { name: "root", attributes: "-wi-ao----", bytes: NODE_ROOT_BYTES, pool: "", data: "", meta: "" },
    { name: "swap", attributes: "-wi-ao----", bytes: NODE_SWAP_BYTES, pool: "", data: "", meta: "" },
    ...guests.map((volume) => ({
      name: volume.name,
      attributes: "Vwi-a-tz--",
      bytes: volume.sizeBytes,
      pool: "data",
      data: percent(volume.writtenBytes / volume.sizeBytes),
      meta: "",
    })),
  ];
  return { volumes, freeBytes: GROUP_BYTES - pool - NODE_ROOT_BYTES - NODE_SWAP_BYTES - 2 * GIB };
}

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

export const lvs = report((ctx) => ({
  rows: [
    ["LV", "VG", "Attr", "LSize", "Pool", "Origin", "Data%", "Meta%", "Move", "Log", "Cpy%Sync", "Convert"],
    ...logicalVolumes(ctx).volumes.map((one) => [
      one.name,
      "pve",
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
}));

export const vgs = report((ctx) => {
  const { volumes, freeBytes } = logicalVolumes(ctx);
  return {
    rows: [
      ["VG", "#PV", "#LV", "#SN", "Attr", "VSize", "VFree"],
      ["pve", "1", String(volumes.length), "0", "wz--n-", size(GROUP_BYTES), size(freeBytes)],
    ],
    left: [0, 4],
  };
});

export const pvs = report((ctx) => ({
  rows: [
    ["PV", "VG", "Fmt", "Attr", "PSize", "PFree"],
    ["/dev/sda3", "pve", "lvm2", "a--", size(GROUP_BYTES), size(logicalVolumes(ctx).freeBytes)],
  ],
  left: [0, 1, 2, 3],
}));
