import { expect, it } from "vitest";
import { BLOCKS, beginSharedDisk, damaged, type HostName, sharedDiskInWords, writeFile } from "./shared-disk.ts";

const play = (locked: boolean, ...hosts: HostName[]) => hosts.reduce(writeFile, beginSharedDisk(locked));

it("one host alone damages nothing, and stops when the disk is full", () => {
  const disk = play(false, ...Array.from({ length: BLOCKS }, () => "node1" as const));
  expect(damaged(disk)).toEqual([]);
  expect(disk.files).toHaveLength(BLOCKS / 2);
});

it("two hosts write over each other from the first file on", () => {
  const disk = play(false, "node1", "node2");
  expect(damaged(disk)).toEqual(["a1"]);
  expect(sharedDiskInWords(disk)).toMatch(/no host knows it/);
});

it("the file that is written last is whole, and the earlier one of the same place is not", () => {
  expect(damaged(play(false, "node2", "node1", "node1"))).toEqual(["b1"]);
});

it("with a lock the second host is refused and nothing is damaged", () => {
  const disk = play(true, "node1", "node2", "node1", "node2");
  expect(damaged(disk)).toEqual([]);
  expect(disk.refused).toBe(2);
  expect(sharedDiskInWords(disk)).toContain("refused 2 times");
  expect(sharedDiskInWords(play(true, "node2"))).toContain("refused once");
});
