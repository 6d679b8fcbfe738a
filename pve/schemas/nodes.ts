/** `/version`, `/nodes` and what a node says of itself. */
import { z } from "zod";
import { aside, maybe, wireFlag, wireInt, wireNumber, wireText } from "./wire.ts";

export const versionWire = z
  .object({ version: z.string(), release: z.string(), repoid: z.string() })
  .transform((wire) => ({ version: wire.version, release: wire.release, repoId: wire.repoid }));
export type PveVersion = z.output<typeof versionWire>;

export const nodesWire = z
  .array(
    z
      .object({
        node: z.string(),
        status: z.enum(["online", "offline", "unknown"]),
        id: maybe(wireText),
        type: z.literal("node").optional(),
        ssl_fingerprint: maybe(wireText),
        uptime: aside(wireInt),
        cpu: aside(wireNumber),
        maxcpu: aside(wireInt),
        mem: aside(wireInt),
        maxmem: aside(wireInt),
        disk: aside(wireInt),
        maxdisk: aside(wireInt),
      })
      .transform((wire) => ({
        name: wire.node,
        /** As the answering node sees it. */
        status: wire.status,
        certSha256: wire.ssl_fingerprint,
        uptimeSeconds: wire.uptime,
        /** 0 to 1. */
        cpuFraction: wire.cpu,
        maxCpu: wire.maxcpu,
        memoryBytes: wire.mem,
        maxMemoryBytes: wire.maxmem,
      })),
  )
  .transform((nodes) => nodes.sort((a, b) => (a.name < b.name ? -1 : 1)));
export type NodeSummary = z.output<typeof nodesWire>[number];

const space = z.object({ used: wireInt, total: wireInt, free: aside(wireInt), avail: aside(wireInt) });

export const nodeStatusWire = z
  .looseObject({
    uptime: wireInt,
    pveversion: z.string(),
    kversion: z.string(),
    loadavg: z.array(wireNumber),
    cpu: wireNumber,
    memory: space,
    swap: space,
    rootfs: space,
    cpuinfo: z.looseObject({ cpus: wireInt, cores: wireInt, sockets: wireInt, model: z.string() }),
    "current-kernel": z.looseObject({
      release: z.string(),
      sysname: z.string(),
      machine: z.string(),
      version: z.string(),
    }),
    "boot-info": z.looseObject({ mode: z.string() }).optional(),
  })
  .transform((wire) => ({
    uptimeSeconds: wire.uptime,
    pveVersion: wire.pveversion,
    kernelVersion: wire.kversion,
    loadAverage: wire.loadavg,
    cpuFraction: wire.cpu,
    cpus: wire.cpuinfo.cpus,
    cpuModel: wire.cpuinfo.model,
    memory: { usedBytes: wire.memory.used, totalBytes: wire.memory.total },
    rootFileSystem: { usedBytes: wire.rootfs.used, totalBytes: wire.rootfs.total },
  }));
export type NodeStatus = z.output<typeof nodeStatusWire>;

export const nodeTimeWire = z
  .object({ time: wireInt, localtime: aside(wireInt), timezone: aside(wireText) })
  .transform((wire) => ({ time: wire.time, timeZone: wire.timezone }));
/** `time` is the node's own wall clock, seconds since 1970. */
export type NodeTime = z.output<typeof nodeTimeWire>;

export const guestsWire = z.array(
  z
    .looseObject({
      vmid: wireInt,
      status: z.string(),
      name: maybe(wireText),
      lock: maybe(wireText),
      uptime: aside(wireInt),
      maxmem: aside(wireInt),
      pid: aside(wireInt),
    })
    .transform((wire) => ({
      vmid: wire.vmid,
      name: wire.name,
      status: wire.status,
      lock: wire.lock,
      uptimeSeconds: wire.uptime,
      maxMemoryBytes: wire.maxmem,
    })),
);
export type GuestSummary = z.output<typeof guestsWire>[number];

export const resourcesWire = z.array(
  z
    .looseObject({
      id: z.string(),
      type: z.string(),
      node: maybe(wireText),
      status: maybe(wireText),
      name: maybe(wireText),
      vmid: maybe(wireInt),
      storage: maybe(wireText),
      shared: maybe(wireFlag),
      content: maybe(wireText),
      plugintype: maybe(wireText),
      uptime: aside(wireInt),
      lock: maybe(wireText),
      hastate: maybe(wireText),
    })
    .transform((wire) => ({
      id: wire.id,
      /** `node`, `storage`, `qemu`, `lxc`, `sdn`. */
      type: wire.type,
      node: wire.node,
      status: wire.status,
      name: wire.name,
      vmid: wire.vmid,
      storage: wire.storage,
      shared: wire.shared,
      content: wire.content?.split(",").sort(),
      storageType: wire.plugintype,
      uptimeSeconds: wire.uptime,
      lock: wire.lock,
      haState: wire.hastate,
    })),
);
export type ClusterResource = z.output<typeof resourcesWire>[number];

export const storagesWire = z.array(
  z
    .looseObject({
      storage: wireText,
      type: z.string(),
      content: maybe(wireText),
      shared: maybe(wireFlag),
      nodes: maybe(wireText),
      path: maybe(wireText),
      disable: maybe(wireFlag),
    })
    .transform((wire) => ({
      storage: wire.storage,
      type: wire.type,
      content: wire.content?.split(",").sort() ?? [],
      shared: wire.shared ?? false,
      /** Only these nodes have it; absent for all. */
      nodes: wire.nodes?.split(","),
      path: wire.path,
      disabled: wire.disable ?? false,
    })),
);
export type StorageConfig = z.output<typeof storagesWire>[number];

export const nodeStoragesWire = z.array(
  z
    .looseObject({
      storage: wireText,
      type: z.string(),
      content: maybe(wireText),
      shared: maybe(wireFlag),
      active: maybe(wireFlag),
      enabled: maybe(wireFlag),
      used: maybe(wireInt),
      avail: aside(wireInt),
      total: maybe(wireInt),
    })
    .transform((wire) => ({
      storage: wire.storage,
      type: wire.type,
      content: wire.content?.split(",").sort() ?? [],
      shared: wire.shared ?? false,
      active: wire.active ?? false,
      usedBytes: wire.used,
      availableBytes: wire.avail,
      totalBytes: wire.total,
    })),
);
export type NodeStorage = z.output<typeof nodeStoragesWire>[number];
