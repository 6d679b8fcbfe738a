import { expect, it } from "vitest";
import { chapterStart } from "./chapter-start.ts";

it("a chapter's beginning can be typed by hand: every command from fresh nodes on, with the learner's own values", async () => {
  const start = await chapterStart("vm-migration-and-clustering/cold-and-live");
  const commands = start!.byHand({ clusterName: "lab-s1" });
  expect(commands[0]).toEqual({ node: "pve1", command: "pvecm create lab-s1" });
  expect(commands).toContainEqual({ node: "pve2", command: "pvecm add pve1" });
  expect(commands.at(-1)!.command).toContain("/etc/hosts");
  expect(commands.every(({ command }) => !command.includes("{{"))).toBe(true);
});

it("a chapter that begins with fresh nodes has nothing to type", async () => {
  const start = await chapterStart("vm-migration-and-clustering/create-a-cluster");
  expect(start!.byHand({})).toEqual([]);
  expect(await chapterStart("vm-migration-and-clustering/no-such-chapter")).toBeUndefined();
});
