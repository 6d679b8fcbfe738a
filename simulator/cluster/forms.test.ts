import { expect, test } from "vitest";
import { formProblem } from "./forms.ts";
import { optionProblem } from "./guests/option-forms.ts";

test.each([
  ["net0", "virtio,bridge=vmbr0"],
  ["net0", "virtio=BC:24:11:00:00:01,bridge=vmbr0,firewall=1,tag=20"],
  ["scsi0", "local-lvm:32,iothread=1,discard=on,ssd=1"],
  ["scsi1", "file=local:100/vm-100-disk-0.qcow2,size=32G,cache=writeback"],
  ["ide2", "none,media=cdrom"],
  ["ide2", "local:iso/debian.iso,media=cdrom"],
  ["agent", "1"],
  ["agent", "enabled=1,fstrim_cloned_disks=1"],
  ["boot", "order=scsi0;ide2;net0"],
  ["boot", "cdn"],
  ["memory", "2048"],
  ["tags", "web;prod"],
  ["name", "web-1.example.org"],
  ["unused0", "local:100/vm-100-disk-0.raw"],
  ["startup", "order=1,up=30"],
  ["hostpci0", "0000:01:00"],
])("%s may be %s", (name, value) => {
  expect(optionProblem(name, value)).toBeUndefined();
});

test.each([
  ["net0", "bridge=vmbr0", "invalid format - format error\nnet0.model: property is missing and it is not optional\n"],
  [
    "net0",
    "virtio,bridge=vmbr0,colour=red",
    "invalid format - format error\nnet0.colour: property is not defined in schema and the schema does not allow additional properties\n",
  ],
  ["net0", "virtio,e1000=BC:24:11:00:00:01", "invalid format - key alias 'model' is already defined\n"],
  ["net0", "virtio,tag=5000", "invalid format - format error\nnet0.tag: value must have a maximum value of 4094\n"],
  [
    "scsi0",
    "local:1,cache=fast",
    "invalid format - format error\nscsi0.cache: value 'fast' does not have a value in the enumeration 'none, writethrough, writeback, unsafe, directsync'\n",
  ],
  ["scsi0", "local:1,local:2", "invalid format - duplicate key in comma-separated list property: file\n"],
  ["scsi0", "local:1,ssd=", "invalid format - missing key in comma-separated list property\n"],
  [
    "boot",
    "order=floppy",
    "invalid format - format error\nboot.order: invalid format - invalid boot device 'floppy'\n\n",
  ],
  ["cores", "0", "value must have a minimum value of 1"],
  ["cpulimit", "129", "value must have a maximum value of 128"],
  ["memory", "lots", "invalid format - format error\nmemory.current: type check ('integer') failed - got 'lots'\n"],
  ["name", "under_score", "invalid format - value does not look like a valid DNS name\n"],
  ["serial0", "tty", "value does not match the regex pattern"],
])("%s may not be %s", (name, value, problem) => {
  expect(optionProblem(name, value)).toBe(problem);
});

test("a list is refused for its first wrong part, and an empty one is none", () => {
  const form = { format: "pve-node-list" } as const;
  expect(formProblem(form, "pve1,pve2;pve3", "nodes")).toBeUndefined();
  expect(formProblem(form, "", "nodes")).toBeUndefined();
  expect(formProblem(form, "pve1,pve_2", "nodes")).toBe(
    "invalid format - value does not look like a valid node name\n",
  );
});
