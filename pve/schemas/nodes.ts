/** `/version`, `/nodes` and what a node says of itself. */
import { z } from "zod";
import { wireFlag, wireInt, wireNumber, wireText } from "./wire.ts";

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
        id: z.string().optional(),
        type: z.literal("node").optional(),
        ssl_fingerprint: z.string().optional(),
        uptime: wireInt.optional(),
        cpu: wireNumber.optional(),
        maxcpu: wireInt.optional(),
        mem: wireInt.optional(),
        maxmem: wireInt.optional(),
        disk: wireInt.optional(),
        maxdisk: wireInt.optional(),
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

const space = z.object({ used: wireInt, total: wireInt, free: wireInt.optional(), avail: wireInt.optional() });

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
  .object({ time: wireInt, localtime: wireInt, timezone: z.string() })
  .transform((wire) => ({ time: wire.time, timeZone: wire.timezone }));
/** `time` is the node's own wall clock, seconds since 1970. */
export type NodeTime = z.output<typeof nodeTimeWire>;

export const guestsWire = z.array(
  z
    .looseObject({
      vmid: wireInt,
      status: z.string(),
      name: z.string().optional(),
      lock: z.string().optional(),
      uptime: wireInt.optional(),
      maxmem: wireInt.optional(),
      pid: wireInt.optional(),
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
      node: z.string().optional(),
      status: z.string().optional(),
      name: z.string().optional(),
      vmid: wireInt.optional(),
      storage: wireText.optional(),
      shared: wireFlag.optional(),
      content: z.string().optional(),
      plugintype: z.string().optional(),
      uptime: wireInt.optional(),
      lock: z.string().optional(),
      hastate: z.string().optional(),
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
      content: z.string().optional(),
      shared: wireFlag.optional(),
      nodes: z.string().optional(),
      path: z.string().optional(),
      disable: wireFlag.optional(),
    })
    .transform((wire) => ({
      storage: wire.storage,
      type: wire.type,
      content: wire.content?.split(",").sort() ?? [],
      shared: wire.shared ?? false,
      /** Only these nodes have it; absent for all. */
      nodes: wire.nodes?.split(","),
      path: wire.path,
    })),
);
export type StorageConfig = z.output<typeof storagesWire>[number];

export const nodeStoragesWire = z.array(
  z
    .looseObject({
      storage: wireText,
      type: z.string(),
      content: z.string().optional(),
      shared: wireFlag.optional(),
      active: wireFlag.optional(),
      enabled: wireFlag.optional(),
      used: wireInt.optional(),
      avail: wireInt.optional(),
      total: wireInt.optional(),
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
