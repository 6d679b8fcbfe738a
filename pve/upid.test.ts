import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { formatUpid, parseUpid } from "./upid.ts";

const recorded = (name: string) =>
  readFileSync(new URL(`../simulator/recordings/pve/json/${name}.json`, import.meta.url), "utf8");

test("a UPID names node, process, start, type, id and user", () => {
  expect(parseUpid("UPID:pve2:00000308:0002A9AD:6B0386A6:qmigrate:100:root@pam!oracle:")).toEqual({
    node: "pve2",
    pid: 0x308,
    pstart: 0x2a9ad,
    startTime: 0x6b0386a6,
    type: "qmigrate",
    id: "100",
    user: "root@pam",
    tokenId: "oracle",
  });
});

test("every recorded UPID is the same text after parsing and formatting", () => {
  const upids = (recorded("cluster_tasks") + recorded("nodes_pve1_tasks")).match(/UPID:[^"]+/g) ?? [];
  expect(upids.length).toBeGreaterThan(100);
  for (const upid of upids) {
    const parsed = parseUpid(upid);
    expect(parsed, upid).toBeDefined();
    expect(formatUpid(parsed!)).toBe(upid);
  }
});

test("a process that started after 497 days has nine digits", () => {
  const long = "UPID:pve1:00000308:10002A9AD:6B0386A6:qmstart:100:root@pam:";
  expect(parseUpid(long)?.pstart).toBe(0x10002a9ad);
  expect(formatUpid(parseUpid(long)!)).toBe(long);
});

test.each([
  "UPID:bad",
  "",
  "UPID:pve1:1:2:3:qmstart:100:root@pam:",
  "UPID:pve1:00000308:0002A9AD:6B0386A6:qmigrate:100:root@pam",
  "UPID:pve1:00000308:0002A9AD:6B0386A6:qm start:100:root@pam:",
])("%j is no UPID", (text) => {
  expect(parseUpid(text)).toBeUndefined();
});
