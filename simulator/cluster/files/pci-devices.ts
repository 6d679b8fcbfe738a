/** What lies on a node's PCI bus: QEMU's PC, as `lspci` and the API show it. Names of pci.ids (Debian 12). */
export interface PciDevice {
  /** `00:02.0`. */
  slot: string;
  /** The class in words and in four digits. */
  kind: string;
  kindId: string;
  /** Empty where pci.ids has none. */
  vendor: string;
  name: string;
  /** `VENDOR:DEVICE` in four digits each, of the device and of who built it in. */
  id: string;
  subsystem: string;
  driver: string;
}

export const PCI_DEVICES: readonly PciDevice[] = [
  {
    slot: "00:00.0",
    kind: "Host bridge",
    kindId: "0600",
    vendor: "Intel Corporation",
    name: "440FX - 82441FX PMC [Natoma]",
    id: "8086:1237",
    subsystem: "1af4:1100",
    driver: "",
  },
  {
    slot: "00:01.0",
    kind: "ISA bridge",
    kindId: "0601",
    vendor: "Intel Corporation",
    name: "82371SB PIIX3 ISA [Natoma/Triton II]",
    id: "8086:7000",
    subsystem: "1af4:1100",
    driver: "",
  },
  {
    slot: "00:02.0",
    kind: "VGA compatible controller",
    kindId: "0300",
    vendor: "",
    name: "",
    id: "1234:1111",
    subsystem: "1af4:1100",
    driver: "bochs-drm",
  },
  {
    slot: "00:05.0",
    kind: "SCSI storage controller",
    kindId: "0100",
    vendor: "Red Hat, Inc.",
    name: "Virtio SCSI",
    id: "1af4:1004",
    subsystem: "1af4:0008",
    driver: "virtio-pci",
  },
  {
    slot: "00:12.0",
    kind: "Ethernet controller",
    kindId: "0200",
    vendor: "Red Hat, Inc.",
    name: "Virtio network device",
    id: "1af4:1000",
    subsystem: "1af4:0001",
    driver: "virtio-pci",
  },
];
