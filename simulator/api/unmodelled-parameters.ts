/**
 * Parameters that a real node takes and a simulated one has no model of, by method and path.
 *
 * Given ones are refused with a text that says so, instead of being called unknown or being taken and ignored. One that
 * an endpoint declares is no longer refused, whatever stands here.
 */

/** Options of a guest's configuration. */
const GUEST_OPTIONS =
  "affinity amd-sev bootdisk cdrom ciupgrade freeze hookscript hugepages ivshmem keephugepages migrate_downtime migrate_speed numa[n] parallel[n] spice_enhancements tdf virtiofs[n] vmstatestorage";

/** Options of storages that can be changed later, too. */
const STORAGE_OPTIONS =
  "blocksize bwlimit comstar_hg comstar_tg content-dirs create-base-path create-subdirs data-pool domain encryption-key fingerprint format fs-name fuse is_mountpoint keyring krbd lio_tpg master-pubkey max-protected-backups mkdir monhost mountpoint namespace nocow nowritecache password pool port preallocation prune-backups saferemove saferemove-stepsize saferemove_throughput skip-cert-verification smbversion snapshot-as-volume-chain sparse subdir tagged_only username zfs-base-path";

/** Options of network interfaces: no IPv6, no Open vSwitch. */
const INTERFACE_OPTIONS = "address6 cidr6 gateway6 netmask6 ovs_bonds ovs_bridge ovs_options ovs_ports ovs_tag";

const WORDS: Record<string, string> = {
  "PUT /access/users/{userid}/token/{tokenid}": "delete",
  "POST /cluster/ha/resources": "failback",
  "PUT /cluster/ha/resources/{sid}": "failback",
  "DELETE /cluster/ha/resources/{sid}": "purge",
  "PUT /cluster/options": "replication",
  "POST /nodes/{node}/network": INTERFACE_OPTIONS,
  "PUT /nodes/{node}/network/{iface}": INTERFACE_OPTIONS,
  "POST /nodes/{node}/qemu": `${GUEST_OPTIONS} archive bwlimit import-working-storage live-restore unique`,
  "PUT /nodes/{node}/qemu/{vmid}/config": GUEST_OPTIONS,
  "POST /nodes/{node}/qemu/{vmid}/config": `${GUEST_OPTIONS} background_delay import-working-storage`,
  "POST /nodes/{node}/qemu/{vmid}/status/start":
    "force-cpu machine migratedfrom migration_network migration_type stateuri targetstorage",
  "POST /nodes/{node}/qemu/{vmid}/status/stop": "keepActive migratedfrom",
  "POST /nodes/{node}/qemu/{vmid}/status/shutdown": "keepActive",
  "POST /nodes/{node}/qemu/{vmid}/status/suspend": "statestorage",
  "POST /nodes/{node}/qemu/{vmid}/clone": "bwlimit description format pool snapname",
  "POST /nodes/{node}/qemu/{vmid}/move_disk": "bwlimit digest format target-digest target-disk target-vmid",
  "PUT /nodes/{node}/qemu/{vmid}/resize": "digest",
  "POST /storage": `${STORAGE_OPTIONS} authsupported base datastore iscsiprovider portal share target`,
  "PUT /storage/{storage}": STORAGE_OPTIONS,
  "DELETE /nodes/{node}/storage/{storage}/content/{volume}": "delay",
  "GET /nodes/{node}/tasks/{upid}/log": "download",
};

/** Names of an endpoint's parameters that are not modelled; `net[n]` stands for numbered ones. */
export function unmodelledParameters(method: string, path: string): string[] {
  return WORDS[`${method} ${path}`]?.split(" ").filter(Boolean) ?? [];
}
