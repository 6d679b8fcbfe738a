/** The form of each option of a guest's configuration. @source qemu-server PVE/QemuServer.pm $confdesc and its parts */
import { type Form, flag, formProblem, like, named, numberFrom, oneOf, text, upTo, whole32 } from "../forms.ts";
import { CPU_FORM } from "./cpu-models.ts";

const CARDS =
  "e1000 e1000-82540em e1000-82544gc e1000-82545em e1000e i82551 i82557b i82559er ne2k_isa ne2k_pci pcnet rtl8139 virtio vmxnet3";
const KEYBOARDS = "de de-ch da en-gb en-us es fi fr fr-be fr-ca fr-ch hu is it ja lt mk nl no pl pt pt-br sv sl tr";

const named32 = (names: string, form: Form) => Object.fromEntries(names.split(" ").map((name) => [name, form]));
const parts = (format: Record<string, Form>): Form => ({ optional: true, format });

const VOLUME: Record<string, Form> = {
  file: { format: "pve-volume-or-path", defaultKey: true },
  volume: { alias: "file" },
  size: named("disk-size"),
  "import-from": text,
};
const IMAGE_FORMAT = oneOf("raw qcow qed qcow2 vmdk cloop");

const DISK: Record<string, Form> = {
  ...VOLUME,
  format: IMAGE_FORMAT,
  aio: oneOf("native threads io_uring"),
  cache: oneOf("none writethrough writeback unsafe directsync"),
  discard: oneOf("ignore on"),
  media: oneOf("cdrom disk"),
  rerror: oneOf("ignore report stop"),
  werror: oneOf("enospc ignore report stop"),
  serial: upTo(60),
  ...named32("backup detect_zeroes replicate shared snapshot", flag),
  ...named32("bps bps_rd bps_wr iops iops_max iops_rd iops_rd_max iops_wr iops_wr_max", whole32()),
  ...named32(
    "bps_max_length bps_rd_max_length bps_wr_max_length iops_max_length iops_rd_max_length iops_wr_max_length",
    whole32(1),
  ),
  ...Object.fromEntries(
    ["bps_rd", "bps_wr", "iops_rd", "iops_wr"].map((name) => [`${name}_length`, { alias: `${name}_max_length` }]),
  ),
  ...named32("mbps mbps_max mbps_rd mbps_rd_max mbps_wr mbps_wr_max", numberFrom()),
};
const WWN = like(/0x[0-9a-fA-F]{16}/);

const NUMBERED: Record<string, Form> = {
  scsi: parts({
    ...DISK,
    ...named32("iothread ro scsiblock ssd", flag),
    product: like(/[A-Za-z0-9\-_\s]{1,16}/),
    vendor: like(/[A-Za-z0-9\-_\s]{1,8}/),
    queues: whole32(2),
    wwn: WWN,
  }),
  virtio: parts({ ...DISK, iothread: flag, ro: flag }),
  ide: parts({ ...DISK, model: upTo(120), ssd: flag, wwn: WWN }),
  sata: parts({ ...DISK, ssd: flag, wwn: WWN }),
  net: parts({
    model: { enum: CARDS.split(" "), defaultKey: true },
    ...named32(CARDS, { alias: "macaddr", keyAlias: "model" }),
    macaddr: named("mac-addr"),
    bridge: named("pve-bridge-id"),
    firewall: flag,
    link_down: flag,
    mtu: whole32(1, 65_520),
    queues: whole32(0, 64),
    rate: numberFrom(0),
    tag: whole32(1, 4094),
    trunks: like(/\d+(?:-\d+)?(?:;\d+(?:-\d+)?)*/),
  }),
  ipconfig: parts({ ip: text, ip6: text, gw: named("ip"), gw6: named("ip") }),
  usb: parts({
    host: {
      ...like(/(?:0x)?[0-9A-Fa-f]{4}:(?:0x)?[0-9A-Fa-f]{4}|\d+-\d+(?:\.\d+)*|[Ss][Pp][Ii][Cc][Ee]/),
      defaultKey: true,
    },
    mapping: named("pve-configid"),
    usb3: flag,
  }),
  serial: like(/\/dev\/[^,]+|socket/),
  unused: parts({ file: { format: "pve-volume-id", defaultKey: true }, volume: { alias: "file" } }),
};

const FORMS: Record<string, Form> = {
  agent: parts({
    enabled: { type: "boolean", defaultKey: true },
    "freeze-fs-on-backup": flag,
    fstrim_cloned_disks: flag,
    type: oneOf("virtio isa"),
  }),
  arch: oneOf("x86_64 aarch64"),
  audio0: parts({ device: { enum: ["ich9-intel-hda", "intel-hda", "AC97"] }, driver: oneOf("spice none") }),
  bios: oneOf("seabios ovmf"),
  boot: parts({
    legacy: { ...like(/[acdn]{1,4}/), defaultKey: true },
    order: named("pve-qm-bootdev-list"),
  }),
  balloon: whole32(0),
  citype: oneOf("configdrive2 nocloud opennebula"),
  cores: whole32(1),
  cpu: CPU_FORM,
  cpulimit: numberFrom(0, 128),
  cpuunits: whole32(1, 262_144),
  description: upTo(8192),
  efidisk0: parts({ ...VOLUME, format: IMAGE_FORMAT, efitype: oneOf("2m 4m"), "pre-enrolled-keys": flag }),
  keyboard: oneOf(KEYBOARDS),
  lock: oneOf("backup clone create migrate rollback snapshot snapshot-delete suspending suspended"),
  machine: parts({
    type: {
      ...like(
        /pc|pc(?:-i440fx)?-\d+(?:\.\d+)+(?:\+pve\d+)?(?:\.pxe)?|q35|pc-q35-\d+(?:\.\d+)+(?:\+pve\d+)?(?:\.pxe)?|virt(?:-\d+(?:\.\d+)+)?(?:\+pve\d+)?/,
        40,
      ),
      defaultKey: true,
    },
    viommu: oneOf("intel virtio"),
  }),
  memory: parts({ current: { type: "integer", minimum: 16, defaultKey: true } }),
  name: named("dns-name"),
  nameserver: named("address-list"),
  ostype: oneOf("other wxp w2k w2k3 w2k8 wvista win7 win8 win10 win11 l24 l26 solaris"),
  scsihw: oneOf("lsi lsi53c810 virtio-scsi-pci virtio-scsi-single megasas pvscsi"),
  shares: whole32(0, 50_000),
  smbios1: upTo(512),
  smp: whole32(1),
  sockets: whole32(1),
  startdate: like(/now|\d{4}-\d{1,2}-\d{1,2}(?:T\d{1,2}:\d{1,2}:\d{1,2})?/),
  startup: named("pve-startup-order"),
  tags: named("pve-tag-list"),
  tpmstate0: parts({ ...VOLUME, format: oneOf("raw qcow2 vmdk"), version: oneOf("v1.2 v2.0") }),
  vcpus: whole32(1),
  vga: parts({
    type: {
      ...oneOf("cirrus qxl qxl2 qxl3 qxl4 none serial0 serial1 serial2 serial3 std virtio virtio-gl vmware"),
      defaultKey: true,
    },
    clipboard: oneOf("vnc"),
    memory: whole32(4, 512),
  }),
  vmgenid: like(/[a-fA-F0-9]{8}(?:-[a-fA-F0-9]{4}){3}-[a-fA-F0-9]{12}|[01]/),
};

/** The form of an option; undefined: any text. */
export function optionForm(name: string): Form | undefined {
  const base = /^([a-z]+)\d+$/.exec(name)?.[1];
  return FORMS[name] ?? (base === undefined ? undefined : NUMBERED[base]);
}

/** What is wrong with an option's value, in Proxmox's words; undefined when nothing is. */
export function optionProblem(name: string, value: string): string | undefined {
  const form = optionForm(name);
  return form && formProblem(form, value, name);
}
