/**
 * Figures of the past, as a round-robin database keeps them: those that the status told at each time since a node booted,
 * of a guest its size since it was made and its use since its process started where it is now, of a storage what its
 * volumes took that are there now. A point of before has none.
 *
 * @source pve-cluster pmxcfs status.c rrd definitions, PVE/RRD.pm create_rrd_data; of a guest that is off, of none,
 * and of a storage: recordings/pve/sent/three-nodes-bodies.json
 */
import { allGuests, guestSummary, guestText, instanceOf } from "../../cluster/guests/guest-view.ts";
import { pmxcfsEntry } from "../../cluster/pmxcfs/pmxcfs-view.ts";
import type { LabState } from "../../cluster/state.ts";
import { definedOn, storageDefinition } from "../../cluster/storage/storage-config.ts";
import { storageHere, volumesOn } from "../../cluster/storage/volumes.ts";
import { wallNowMs } from "../../cluster/wall-clock.ts";
import { ApiRefusal, failure, type Json, ordered, success } from "../answer.ts";
import { APPLIANCE, loadAt } from "../appliance.ts";
import type { Endpoint, EndpointContext } from "../endpoint.ts";
import { oneOf, type ParameterRules } from "../parameters.ts";
import { audit, needs } from "../permissions.ts";
import { guestFigures } from "./figures.ts";

/** Seconds of one point. */
const STEP_S: Readonly<Record<string, number>> = { hour: 60, day: 1_800, week: 10_800, month: 43_200, year: 604_800 };
const POINTS = 70;

const common = { method: "GET", proxied: true, protected: true } as const;
const parameters: ParameterRules = {
  timeframe: { check: oneOf(Object.keys(STEP_S)) },
  cf: { optional: true, check: oneOf(["AVERAGE", "MAX"]) },
};

export const pastFigureEndpoints: Endpoint[] = [
  { ...common, path: "/nodes/{node}/rrddata", permission: audit("/nodes/{node}"), parameters, answer: ofNode },
  {
    ...common,
    path: "/nodes/{node}/qemu/{vmid}/rrddata",
    permission: needs("/vms/{vmid}", "VM.Audit"),
    parameters,
    answer: ofGuest,
  },
  {
    ...common,
    path: "/nodes/{node}/storage/{storage}/rrddata",
    permission: needs("/storage/{storage}", "Datastore.Audit", "Datastore.AllocateSpace"),
    parameters,
    answer: ofStorage,
  },
];

function ofNode({ lab, node, params }: EndpointContext) {
  return lab.read((state) =>
    points(state, node, params.timeframe!, state.nodes[node]!.bootedAtMs, (modelMs) => {
      const load = loadAt(state, node, modelMs);
      return {
        cpu: load.cpuFraction,
        iowait: 0,
        loadavg: Number(load.loadAverage[0]),
        maxcpu: APPLIANCE.cpus,
        memtotal: APPLIANCE.memoryBytes,
        memused: load.memoryBytes,
        roottotal: APPLIANCE.rootBytes,
        rootused: load.rootBytes,
        swaptotal: APPLIANCE.swapBytes,
        swapused: 0,
      };
    }),
  );
}

/** Every node has those of every guest, wherever it runs. */
function ofGuest({ lab, node, params }: EndpointContext) {
  const vmid = Number(params.vmid);
  return lab.read((state) => {
    const owner = allGuests(state, node).find((one) => one.vmid === vmid)?.node;
    const guest = owner === undefined ? undefined : guestSummary(state, owner, vmid, node);
    if (owner === undefined || !guest) throw noDatabase(`pve2-vm/${params.vmid}`);
    const { maxmem, maxdisk, disk, ...used } = guestFigures(guest);
    const size = { maxcpu: guest.cpus, maxmem, maxdisk, disk };
    const startedAtMs = instanceOf(state, owner, vmid)?.startedAtMs ?? Number.POSITIVE_INFINITY;
    return points(state, node, params.timeframe!, toldSinceMs(state, node, owner, vmid), (modelMs) =>
      modelMs < startedAtMs ? size : { ...size, ...used, diskread: 0, diskwrite: 0 },
    );
  });
}

/** Of one that does not answer now nobody knows since when: it has no figures at all. */
function ofStorage({ lab, node, params }: EndpointContext) {
  const storage = params.storage!;
  return lab.read((state) => {
    const definition = storageDefinition(state, node, storage);
    if (!definition || !definedOn(definition, node)) throw noDatabase(`pve2-storage/${node}/${storage}`);
    const { online, space } = storageHere(state, node, definition);
    const sinceMs = online ? definedSinceMs(state, node, storage) : Number.POSITIVE_INFINITY;
    const volumes = volumesOn(state, node, definition);
    return points(state, node, params.timeframe!, sinceMs, (modelMs) => {
      const atS = (wallNowMs(state, node) - (state.nowMs - modelMs)) / 1_000;
      const later = volumes.filter((one) => one.createdS > atS).reduce((sum, one) => sum + one.writtenBytes, 0);
      return { total: space.totalBytes, used: space.usedBytes - later };
    });
  });
}

/** Since when a storage is surely what it is: the node's boot, or the last change of storage.cfg. Model time. */
function definedSinceMs(state: Readonly<LabState>, node: string, storage: string): number {
  const { bootedAtMs } = state.nodes[node]!;
  const changed = storage === "local" ? undefined : pmxcfsEntry(state, node, "storage.cfg");
  if (!changed) return bootedAtMs;
  return Math.max(bootedAtMs, state.nowMs - (wallNowMs(state, node) - changed.mtimeMs));
}

function noDatabase(name: string): ApiRefusal {
  return new ApiRefusal(failure(500, `RRD error: opening '/var/lib/rrdcached/db/${name}': No such file or directory`));
}

/** Since when a guest's node tells of it: its boot, or when the guest was made, whichever came later. Model time. */
function toldSinceMs(state: Readonly<LabState>, node: string, owner: string, vmid: number): number {
  const madeS = Number(/ctime=(\d+)/.exec(guestText(state, owner, vmid, node) ?? "")?.[1] ?? 0);
  const madeMs = state.nowMs - (wallNowMs(state, owner) - madeS * 1_000);
  return Math.max(madeMs, state.nodes[owner]?.bootedAtMs ?? Number.POSITIVE_INFINITY);
}

/** @param sinceMs model time of the first figures */
function points(
  state: Readonly<LabState>,
  node: string,
  timeframe: string,
  sinceMs: number,
  figuresAt: (modelMs: number) => { [key: string]: Json },
) {
  const step = STEP_S[timeframe]!;
  const nowS = Math.floor(wallNowMs(state, node) / 1_000);
  const last = nowS - (nowS % step);
  const list = Array.from({ length: POINTS }, (_, at): Json => {
    const time = last - (POINTS - 1 - at) * step;
    const modelMs = state.nowMs - (nowS - time) * 1_000;
    return modelMs < sinceMs ? { time } : { time, ...figuresAt(modelMs) };
  });
  return success(ordered(list));
}
