/** Heuristics of the quorum device, and a server that stands still. Whole scenarios: conformance-device-further.json. */
import { describe, expect, it } from "vitest";
import { setProbe, writeConfig } from "../../conformance/scenario-lab.ts";
import { act, advance } from "../stepping.ts";
import { readCorosyncConf } from "./corosync-conf.ts";
import { judgeHeuristics } from "./qdevice-heuristics.ts";
import { qdeviceFacts } from "./qdevice-view.ts";
import { nodeName, runningCluster, setPaths, type TestCluster, untilTrue } from "./test-cluster.ts";
import { isQuorate, votequorumStatus } from "./view.ts";

const PROBE = "exec_probe: /usr/bin/test -e /run/probe";

function withHeuristics(seed: string, heuristics: string): TestCluster {
  const cluster = runningCluster(2, seed);
  const { lab, config, ids } = cluster;
  config.version += 1;
  config.quorum = `device {\n model: net\n votes: 1\n net {\n algorithm: ffsplit\n host: 10.77.0.99\n }\n ${heuristics}\n}`;
  for (const id of ids) {
    writeConfig(lab, id, config);
    setProbe(lab, id, true);
  }
  act(lab, "corosync/qnetd", { address: "10.77.0.99" });
  act(lab, "corosync/reload", { node: nodeName(1) });
  advance(lab, lab.nowMs + 1_000);
  for (const id of ids) act(lab, "corosync/qdevice", { node: nodeName(id), running: true });
  advance(lab, lab.nowMs + 20_000);
  return cluster;
}

function said({ lab }: TestCluster, node: string): string[] {
  return lab.nodes[node]!.journal.filter(({ identifier }) => identifier === "corosync-qdevice").map(({ text }) => text);
}

describe("heuristics", () => {
  it("are read with their mode, interval and commands, and not at all when they are off", () => {
    const conf = (text: string) =>
      readCorosyncConf(`totem {\n}\nquorum {\n device {\n model: net\n heuristics {\n ${text}\n }\n }\n}\n`).quorum
        .device;
    expect(conf(`mode: on\n interval: 5000\n exec_b: /bin/false\n exec_a: /bin/true`)?.heuristics).toEqual({
      mode: "on",
      intervalMs: 5_000,
      commands: ["/bin/true", "/bin/false"],
    });
    expect(conf("mode: sync")?.heuristics).toEqual({ mode: "sync", intervalMs: 30_000, commands: [] });
    expect(conf("mode: off\n exec_a: /bin/true")).not.toHaveProperty("heuristics");
  });
  it("pass when every command does, and say which they do not understand", () => {
    const { lab } = withHeuristics("judged", "");
    const judge = (...commands: string[]) => judgeHeuristics(lab, "pve1", { mode: "on", intervalMs: 30_000, commands });
    expect(judge()).toEqual({ result: "undefined", unknown: [] });
    expect(judge("/bin/true", '/usr/bin/test -e "/run/probe"')).toEqual({ result: "pass", unknown: [] });
    expect(judge("/bin/true", "/usr/bin/test -d /run/probe")).toEqual({ result: "fail", unknown: [] });
    // Without a path it is not found: nobody looks in PATH.
    expect(judge("true")).toEqual({ result: "fail", unknown: [] });
    expect(judge("/usr/local/bin/fit")).toEqual({ result: "fail", unknown: ["/usr/local/bin/fit"] });
    expect(judge("/bin/ping -q -c 1 10.77.0.12").result).toBe("pass");
    expect(judge("/bin/ping -q -c 1 10.77.0.13").result).toBe("fail");
    setPaths(lab, [[1], [2]], false);
    expect(judge("/bin/ping -q -c 1 10.77.0.12").result).toBe("fail");
    expect(judge("/bin/ping -q -c 1 10.77.0.99").result).toBe("pass");
  });
  it("in mode on are run every 30 s, tell the server what changed, and give the vote to the half that passes", () => {
    const cluster = withHeuristics("every 30 s", `heuristics {\n mode: on\n ${PROBE}\n }`);
    const { lab } = cluster;
    expect(qdeviceFacts(lab, "pve1")?.heuristics).toEqual({
      last: "Pass",
      regular: "Undefined",
      membership: "Undefined",
      connect: "Pass",
    });
    setProbe(lab, 1, false);
    const tookMs = untilTrue(lab, () => lab.qnetd!.clients.pve1!.heuristics === "fail");
    expect(tookMs).toBeLessThan(30_500);
    expect(said(cluster, "pve1")).toContain("Heuristics result changed from Pass to Fail");
    expect(qdeviceFacts(lab, "pve1")?.heuristics).toMatchObject({ last: "Fail", regular: "Fail" });
    setPaths(lab, [[1], [2]], false);
    advance(lab, lab.nowMs + 45_000);
    expect([1, 2].map((id) => isQuorate(lab, nodeName(id)))).toEqual([false, true]);
  });
  it("in mode sync wait for the next ring", () => {
    const cluster = withHeuristics("sync", `heuristics {\n mode: sync\n ${PROBE}\n }`);
    const { lab } = cluster;
    setProbe(lab, 1, false);
    advance(lab, lab.nowMs + 100_000);
    expect(lab.qnetd!.clients.pve1!.heuristics).toBe("pass");
    setPaths(lab, [[1], [2]], false);
    advance(lab, lab.nowMs + 45_000);
    expect(lab.qnetd!.clients.pve1!.heuristics).toBe("fail");
    expect([1, 2].map((id) => isQuorate(lab, nodeName(id)))).toEqual([false, true]);
  });
  it("that are not modelled are named in the journal", () => {
    const cluster = withHeuristics("named", "heuristics {\n mode: on\n exec_fit: /usr/local/bin/fit\n }");
    expect(said(cluster, "pve1")).toContain('heuristics: "/usr/local/bin/fit" is not modelled, and counts as failed');
  });
});

describe("a server that stands still", () => {
  it("costs every node the vote within 16.2 s, and gives it back within 10 s after it goes on", () => {
    for (let run = 0; run < 5; run++) {
      const { lab } = withHeuristics(`still ${run}`, "");
      const cast = () => [1, 2].map((id) => votequorumStatus(lab, nodeName(id))!.device!.cast);
      expect(cast()).toEqual([1, 1]);
      act(lab, "corosync/qnetd", { frozen: true });
      const lostMs = untilTrue(lab, () => cast().join() === "0,0");
      expect(lostMs).toBeGreaterThan(8_000);
      expect(lostMs).toBeLessThan(16_200);
      advance(lab, lab.nowMs + 30_000);
      expect(cast()).toEqual([0, 0]);
      act(lab, "corosync/qnetd", { frozen: false });
      expect(untilTrue(lab, () => cast().join() === "1,1")).toBeLessThan(10_000);
    }
  });
});
