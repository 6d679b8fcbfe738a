/** Wrong files as a real corosync answered them: a start and a reload of each. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { RING_KEY } from "../../conformance/scenario-lab.ts";
import type { RecordedWrongFile } from "../../recordings/corosync/recorder/record-wrong-files.ts";
import { RIGHT_FILE } from "../../recordings/corosync/recorder/wrong-files.ts";
import { removeLocalFile, writeLocalFile } from "../files/file-changes.ts";
import type { LabState } from "../state.ts";
import { act, advance } from "../stepping.ts";
import { AUTHKEY_PATH, CONFIG_PATH } from "./config-file.ts";
import { clusterOf, untilMembers } from "./test-cluster.ts";

const RECORDED: RecordedWrongFile[] = JSON.parse(
  readFileSync(new URL("../../recordings/corosync/wrong-files.json", import.meta.url), "utf8"),
);

/** Real ones go on; ours says that it does not model what they go on with. */
const notModelled = ({ from, to }: RecordedWrongFile) =>
  /^(?:provder:|quorom \{)/.test(to) || (from.includes("provider:") && to === "");

const LEVELS: Record<number, string> = { 2: "crit", 3: "error", 4: "warning", 5: "notice", 6: "info" };

function write(lab: LabState, { from, to, keyBytes }: RecordedWrongFile): void {
  writeLocalFile(lab, "pve1", CONFIG_PATH, from === "" ? "" : RIGHT_FILE.replace(from, () => to));
  if (keyBytes === -1) removeLocalFile(lab, "pve1", AUTHKEY_PATH);
  else if (keyBytes !== undefined) writeLocalFile(lab, "pve1", AUTHKEY_PATH, RING_KEY.slice(0, keyBytes));
}

/** The lines of the log as they are printed, from an instant on. */
function written(lab: LabState, sinceMs: number): string[] {
  const wallMs = Math.floor(sinceMs + lab.wallOffsetMs);
  return lab.nodes
    .pve1!.journal.filter((line) => line.identifier === "corosync" && line.wallMs >= wallMs)
    .map(({ text, priority = 5 }) =>
      text.startsWith("  [") ? `${LEVELS[priority]!.padEnd(7)} ${text.trimStart()}` : text,
    );
}

/** Ours has no levels for what every start says, and nothing of links is of interest where it goes on. */
const complaints = (lines: string[]) => lines.filter((line) => /^(?:warning|error|crit) +\[(?!KNET|WD)/.test(line));
/** Of one that ends: what it is about. */
const ofTheEnd = (lines: string[]) =>
  lines
    .filter((line) => !/\[(?:KNET|SERV|QB|WD) +\] (?!Service engine '|.*failed)|totemknet|Initializing/.test(line))
    .map((line) => line.replace(/^\w+ +\[/, "["));

const titled = RECORDED.map((one) => [`${one.from.trim()} -> ${one.to.trim()} ${one.keyBytes ?? ""}`, one] as const);

describe("a start", () => {
  it.each(titled.filter(([, one]) => !notModelled(one)))("%s", (_, recorded) => {
    const { lab } = clusterOf(3, "wrong file");
    write(lab, recorded);
    const started = act(lab, "corosync/start", { node: "pve1" });
    advance(lab, lab.nowMs + 5_000);
    const { exit, signal, lines } = recorded.start;
    const ends = exit !== undefined || signal !== undefined;
    expect(started).toMatchObject(
      ends ? { started: false, ...(signal ? { signal: signal.slice(3) } : { exitCode: exit }) } : { started: true },
    );
    const ours = written(lab, 0);
    if (ends) expect(ofTheEnd(ours)).toEqual(ofTheEnd(lines));
    else expect(complaints(ours)).toEqual(complaints(lines));
  });
});

describe("a reload", () => {
  it.each(titled)("%s", (_, recorded) => {
    const { lab } = clusterOf(3, "wrong reload");
    writeLocalFile(lab, "pve1", CONFIG_PATH, RIGHT_FILE);
    act(lab, "corosync/start", { node: "pve1" });
    untilMembers(lab, [[1]]);
    advance(lab, lab.nowMs + 2_000);
    write(lab, recorded);
    const sinceMs = lab.nowMs + 1;
    advance(lab, sinceMs);
    const { exit, lines, journal } = recorded.reload;
    expect(act(lab, "corosync/reload", { node: "pve1" })).toEqual({
      exitCode: exit,
      output: lines.map((line) => `${line}\n`).join(""),
    });
    advance(lab, lab.nowMs + 500);
    const told = (all: string[]) =>
      all.filter((line) => !/\[KNET |crypto reconfigured/.test(line)).map((line) => line.replace(/^\w+ +\[/, "["));
    expect(told(written(lab, sinceMs))).toEqual(told(journal));
    expect(lab.nodes.pve1!.corosync.daemon === null).toBe(recorded.reload.ended ?? false);
  });
});
