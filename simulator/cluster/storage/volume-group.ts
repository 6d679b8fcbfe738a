/** The volume group `pve` of the appliance with what guests have on it, as LVM reports it. */
import { NODE_ROOT_BYTES, NODE_SWAP_BYTES } from "../files/synthetic.ts";
import type { LabState } from "../state.ts";
import { storageDefinitions } from "./storage-config.ts";
import { storageSpace, volumesOn } from "./volumes.ts";

const GIB = 1024 ** 3;
/** The partition that the group lies on; `lsblk` shows it. */
const GROUP_BYTES = 95.5 * GIB;
/** Of the thin pool, and its spare. */
const METADATA_BYTES = GIB;

export interface LogicalVolume {
  name: string;
  /** Ten letters: `twi-aotz--`. */
  attributes: string;
  bytes: number;
  /** The thin pool that it lies in; empty for none. */
  pool: string;
  /** Percent with two digits of what is taken of it, and of a pool's metadata; empty where LVM tells none. */
  data: string;
  meta: string;
  /** Of a thin pool. */
  metadataBytes?: number;
}

export interface VolumeGroup {
  name: string;
  /** The one physical volume. */
  device: string;
  sizeBytes: number;
  freeBytes: number;
  volumes: LogicalVolume[];
}

export function volumeGroup(lab: Readonly<LabState>, node: string): VolumeGroup {
  const definition = storageDefinitions(lab, node).find((one) => one.type === "lvmthin");
  const space = definition && storageSpace(lab, node, definition);
  const pool = space?.totalBytes ?? 60 * GIB;
  const used = space ? space.usedBytes / space.totalBytes : 0;
  const guests = definition ? volumesOn(lab, node, definition) : [];
  const percent = (share: number) => (share * 100).toFixed(2);
  const plain = { attributes: "-wi-ao----", pool: "", data: "", meta: "" };
  return {
    name: "pve",
    device: "/dev/sda3",
    sizeBytes: GROUP_BYTES,
    freeBytes: GROUP_BYTES - pool - NODE_ROOT_BYTES - NODE_SWAP_BYTES - 2 * METADATA_BYTES,
    volumes: [
      {
        name: "data",
        attributes: "twi-aotz--",
        bytes: pool,
        pool: "",
        data: percent(used),
        meta: percent(0.016 + used / 20),
        metadataBytes: METADATA_BYTES,
      },
      { ...plain, name: "root", bytes: NODE_ROOT_BYTES },
      { ...plain, name: "swap", bytes: NODE_SWAP_BYTES },
      ...guests.map((volume) => ({
        name: volume.name,
        attributes: "Vwi-a-tz--",
        bytes: volume.sizeBytes,
        pool: "data",
        data: percent(volume.writtenBytes / volume.sizeBytes),
        meta: "",
      })),
    ],
  };
}
