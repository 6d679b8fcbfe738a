/**
 * What QEMU's monitor tells: of a migration as recorded (guests/07b, QEMU 7.2), of disks and cards in short.
 *
 * Figures that the model does not have (pages of zeros, XBZRLE's own) follow from those it has, in fixed shares.
 */
import { expectedDowntimeMs, FIRST_DOWNTIME_LIMIT_MS } from "../../../models/precopy.ts";
import { migrationOf } from "../migration/migrate-data.ts";
import type { LabState } from "../state.ts";
import { volumePath } from "../storage/volumes.ts";
import { cardNames, disksOf, macOf, parseGuestConfig } from "./guest-config.ts";
import { instanceOf } from "./guest-view.ts";

const MIB = 1024 ** 2;
const text = (lines: string[]) => lines.map((line) => `${line}\n`).join("");

const GLOBALS = [
  "globals:",
  "store-global-state: on",
  "only-migratable: off",
  "send-configuration: on",
  "send-section-footer: on",
  "decompress-error-check: on",
  "clear-bitmap-shift: 18",
];

/** @source guests/07b */
export const CAPABILITIES: string = text(
  "xbzrle rdma-pin-all auto-converge zero-blocks compress events postcopy-ram x-colo release-ram block return-path pause-before-switchover multifd dirty-bitmaps postcopy-blocktime late-block-activate x-ignore-shared validate-uuid background-snapshot zero-copy-send postcopy-preempt"
    .split(" ")
    .map((name) => `${name}: ${name === "xbzrle" || name === "auto-converge" ? "on" : "off"}`),
);

export function migrateInfo(lab: Readonly<LabState>, node: string, vmid: number): string {
  const data = migrationOf(lab, node, vmid);
  if (!data?.precopy || !data.plan) return text(GLOBALS);
  const { precopy, plan } = data;
  const kib = (mib: number) => Math.round(mib * 1024);
  const pages = (mib: number) => Math.round(mib * 256);
  const resent = pages(precopy.resentMib);
  return text([
    ...GLOBALS,
    `Migration status: ${precopy.completed ? "completed" : "active"}`,
    `total time: ${Math.round(precopy.elapsedMs)} ms`,
    precopy.completed
      ? `downtime: ${Math.round(precopy.downtimeMs)} ms`
      : `expected downtime: ${Math.round(expectedDowntimeMs(plan, precopy))} ms`,
    "setup: 2 ms",
    `transferred ram: ${kib(precopy.sentMib)} kbytes`,
    `throughput: ${(plan.bandwidthMibPerS * 8.388608).toFixed(2)} mbps`,
    `remaining ram: ${kib(precopy.remainingMib)} kbytes`,
    `total ram: ${kib(plan.totalMib)} kbytes`,
    `duplicate: ${pages(Math.max(0, plan.totalMib - plan.usedMib))} pages`,
    "skipped: 0 pages",
    `normal: ${pages(precopy.sentMib)} pages`,
    `normal bytes: ${kib(precopy.sentMib)} kbytes`,
    `dirty sync count: ${precopy.round}`,
    "page size: 4 kbytes",
    "multifd bytes: 0 kbytes",
    `pages-per-second: ${pages(plan.bandwidthMibPerS)}`,
    `dirty pages rate: ${pages(precopy.measuredDirtyMibPerS)} pages`,
    `precopy ram: ${kib(precopy.sentMib)} kbytes`,
    `cache size: ${cacheBytes(plan.totalMib)} bytes`,
    `xbzrle transferred: ${Math.round(resent * 0.036)} kbytes`,
    `xbzrle pages: ${resent} pages`,
    `xbzrle cache miss: ${Math.round(resent * 0.57)} pages`,
    "xbzrle cache miss rate: 0.57",
    "xbzrle encoding rate: 112.10",
    "xbzrle overflow: 0",
    ...(precopy.throttlePercent > 0 ? [`cpu throttle percentage: ${precopy.throttlePercent}`] : []),
  ]);
}

function cacheBytes(totalMib: number): number {
  return 2 ** Math.ceil(Math.log2(totalMib / 10)) * MIB;
}

export function parametersInfo(lab: Readonly<LabState>, node: string, vmid: number): string {
  const data = migrationOf(lab, node, vmid);
  const limit = data?.settings?.limitMibPerS ?? 0;
  return text([
    "announce-initial: 50 ms",
    "announce-max: 550 ms",
    "announce-rounds: 5",
    "announce-step: 100 ms",
    "compress-level: 1",
    "compress-threads: 8",
    "compress-wait-thread: on",
    "decompress-threads: 2",
    "throttle-trigger-threshold: 50",
    "cpu-throttle-initial: 20",
    "cpu-throttle-increment: 10",
    "cpu-throttle-tailslow: off",
    "max-cpu-throttle: 99",
    "tls-creds: ''",
    "tls-hostname: ''",
    `max-bandwidth: ${limit > 0 ? Math.round(limit * MIB) : 0} bytes/second`,
    `downtime-limit: ${data?.precopy?.downtimeLimitMs ?? FIRST_DOWNTIME_LIMIT_MS} ms`,
    "x-checkpoint-delay: 20000 ms",
    "block-incremental: off",
    "multifd-channels: 2",
    "multifd-compression: none",
    `xbzrle-cache-size: ${cacheBytes(data?.plan?.totalMib ?? 640)} bytes`,
    "max-postcopy-bandwidth: 0",
    "tls-authz: ''",
  ]);
}

/** Disks of the process, in short. Unverified. */
export function blockInfo(lab: Readonly<LabState>, node: string, vmid: number): string {
  const { keys } = parseGuestConfig(instanceOf(lab, node, vmid)?.config ?? "");
  return disksOf(keys)
    .map(
      (disk) =>
        `drive-${disk.key} (#block${disk.key}): ${volumePath(lab, node, disk.volid)} (${disk.volid.endsWith(".qcow2") ? "qcow2" : "raw"})\n    Attached to:      ${disk.key}\n    Cache mode:       writeback, direct\n`,
    )
    .join("\n");
}

/** Cards of the process, in short. Unverified. */
export function networkInfo(lab: Readonly<LabState>, node: string, vmid: number): string {
  const { keys } = parseGuestConfig(instanceOf(lab, node, vmid)?.config ?? "");
  return cardNames(keys)
    .map((key) => {
      const mac = macOf(keys[key]).toLowerCase();
      return `${key}: index=0,type=nic,model=virtio-net-pci,macaddr=${mac}\n \\ ${key}: index=0,type=tap,ifname=tap${vmid}i${key.slice(3)},script=/usr/libexec/qemu-server/pve-bridge,downscript=/usr/libexec/qemu-server/pve-bridgedown\n`;
    })
    .join("");
}

export function uuidInfo(lab: Readonly<LabState>, node: string, vmid: number): string {
  const { keys } = parseGuestConfig(instanceOf(lab, node, vmid)?.config ?? "");
  return `${/uuid=([0-9a-f-]+)/.exec(keys.smbios1 ?? "")?.[1] ?? "00000000-0000-0000-0000-000000000000"}\n`;
}
