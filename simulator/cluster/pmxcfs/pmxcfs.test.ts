import { describe, expect, it } from "vitest";
import { entryAt, namesIn } from "../files/node-tree.ts";
import type { LabState } from "../state.ts";
import { act } from "../stepping.ts";
import { change, clusterOf, freshLab, run, runUntil, setPaths } from "../testing/lab-steps.ts";
import { databaseIndex } from "./database.ts";
import { pmxcfsAnswer } from "./pmxcfs-changes.ts";
import { PMXCFS_FILE_BYTES_MAX } from "./pmxcfs-state.ts";
import { pmxcfsFile } from "./pmxcfs-view.ts";

const write = (path: string, content: string, append = false) =>
  ({ op: "write", path: `/etc/pve/${path}`, content, append }) as const;

function journal(lab: LabState, node: string, contains: string): string[] {
  return lab.nodes[node]!.journal.filter((line) => line.text.includes(contains)).map((line) => line.text);
}

function until(lab: LabState, condition: () => boolean): void {
  runUntil(lab, () => condition() || undefined);
}

describe("/etc/pve of a node on its own", () => {
  it("is laid out as recorded", () => {
    const lab = freshLab(1);
    expect(
      namesIn(lab, "pve1", "/etc/pve").filter((name) => !["datacenter.cfg", "storage.cfg", "user.cfg"].includes(name)),
    ).toEqual([
      ".clusterlog",
      ".debug",
      ".members",
      ".rrd",
      ".version",
      ".vmlist",
      "authkey.pub",
      "firewall",
      "ha",
      "local",
      "lxc",
      "mapping",
      "nodes",
      "openvz",
      "priv",
      "pve-root-ca.pem",
      "pve-www.key",
      "qemu-server",
      "sdn",
      "virtual-guest",
      "vzdump.cron",
    ]);
    expect(entryAt(lab, "pve1", "/etc/pve/local")).toMatchObject({
      type: "symlink",
      target: "nodes/pve1",
      mode: 0o755,
    });
    expect(entryAt(lab, "pve1", "/etc/pve/priv")).toMatchObject({ mode: 0o700, group: "www-data" });
    expect(entryAt(lab, "pve1", "/etc/pve/priv/authkey.key")).toMatchObject({ mode: 0o600 });
    expect(entryAt(lab, "pve1", "/etc/pve/pve-www.key")).toMatchObject({ mode: 0o640 });
    expect(pmxcfsFile(lab, "pve1", ".members")).toBe('{\n"nodename": "pve1",\n"version": 0\n}\n');
    expect(pmxcfsFile(lab, "pve1", ".vmlist")).toBe('{\n"version": 1\n\n}\n');
  });

  it("is written at once, and follows its links", () => {
    const lab = freshLab(1);
    expect(act(lab, "files/change", { node: "pve1", change: write("local/notes", "hi\n") })).toEqual({ state: "done" });
    expect(pmxcfsFile(lab, "pve1", "nodes/pve1/notes")).toBe("hi\n");
  });

  it("takes no file above 1 MiB", () => {
    const lab = freshLab(1);
    const big = "x".repeat(PMXCFS_FILE_BYTES_MAX);
    expect(change(lab, "pve1", write("big", big))).toEqual({ state: "done" });
    expect(change(lab, "pve1", write("big", "y", true))).toMatchObject({ errno: "EFBIG" });
  });

  it("is an empty folder while pve-cluster is stopped, and the same again after", () => {
    const lab = freshLab(1);
    change(lab, "pve1", write("kept", "yes\n"));
    act(lab, "services/control", { node: "pve1", unit: "pve-cluster", action: "stop" });
    run(lab, 5_000);
    expect(namesIn(lab, "pve1", "/etc/pve")).toEqual([]);
    act(lab, "services/control", { node: "pve1", unit: "pve-cluster", action: "start" });
    run(lab, 5_000);
    expect(pmxcfsFile(lab, "pve1", "kept")).toBe("yes\n");
  });
});

describe("what a daemon counts and refuses", () => {
  const anew = (lab: LabState) => {
    act(lab, "services/control", { node: "pve1", unit: "pve-cluster", action: "restart" });
    runUntil(lab, () => lab.nodes.pve1!.services.units["pve-cluster"].active === "active" || undefined);
  };
  const guest = (node: string, vmid: number) => `nodes/${node}/qemu-server/${vmid}.conf`;

  it("tells the versions of a daemon that just started in the recorded 1,027 bytes, and keys after pvestatd's round", () => {
    const lab = freshLab(1);
    anew(lab);
    const version = pmxcfsFile(lab, "pve1", ".version")!;
    expect(version).toHaveLength(1027);
    expect(version.endsWith('"mapping/usb.cfg": 1,\n"kvstore": {\n"pve1": {\n}\n}\n}\n')).toBe(true);
    expect(pmxcfsFile(lab, "pve1", ".clusterlog")).toMatch(
      /^\{\n"data": \[\n\{"uid": 1, "time": \d+, "pri": 6, "tag": "cluster", "pid": \d+, "node": "pve1", "user": "root", "msg": "starting cluster log"\}\n\]\n\}\n$/,
    );
    run(lab, 12_000);
    expect(pmxcfsFile(lab, "pve1", ".version")).toContain('"kvstore": {\n"pve1": {\n"version-info": 0,\n');
  });

  it("counts the keys that other nodes tell", () => {
    const lab = clusterOf(2);
    expect(pmxcfsFile(lab, "pve1", ".version")).toMatch(
      /\d\}\n,\n"pve2": \{\n(?:"[\w-]+": \d+,\n){4}"tasklist": \d+\}\n\}\n\}\n$/,
    );
  });

  it("raises the list of guests by two when a configuration is moved, and gives the guest the next version (recording 40)", () => {
    const lab = freshLab(1);
    anew(lab);
    for (const vmid of [100, 101]) change(lab, "pve1", write(guest("pve1", vmid), "memory: 64\n"));
    change(lab, "pve1", { op: "mkdir", path: "/etc/pve/nodes/pve9" });
    change(lab, "pve1", { op: "mkdir", path: "/etc/pve/nodes/pve9/qemu-server" });
    expect(pmxcfsFile(lab, "pve1", ".vmlist")).toMatch(
      // A file is made and then written: two versions each.
      /"version": 5,\n.*\n"100": .*"version": 2 \},\n"101": .*"version": 4 \}\}/,
    );
    const to = `/etc/pve/${guest("pve9", 100)}`;
    expect(change(lab, "pve1", { op: "rename", path: `/etc/pve/${guest("pve1", 100)}`, to })).toEqual({
      state: "done",
    });
    expect(pmxcfsFile(lab, "pve1", ".vmlist")).toContain(
      '"version": 7,\n"ids": {\n"100": { "node": "pve9", "type": "qemu", "version": 5 }',
    );
  });

  it("has one configuration for a VMID, on whichever node", () => {
    const lab = clusterOf(2);
    change(lab, "pve1", write(guest("pve1", 100), "memory: 64\n"));
    expect(change(lab, "pve2", write(guest("pve2", 100), ""))).toMatchObject({ errno: "EEXIST" });
    change(lab, "pve1", write("copy", "memory: 64\n"));
    const into = { op: "rename", path: "/etc/pve/copy", to: `/etc/pve/${guest("pve2", 100)}` } as const;
    expect(change(lab, "pve1", into)).toMatchObject({ errno: "EEXIST" });
  });

  it("renames empty folders alone, leaves a folder as old as it is, and makes no links", () => {
    const lab = freshLab(1);
    const age = () => entryAt(lab, "pve1", "/etc/pve/firewall")!.mtimeMs;
    const before = age();
    run(lab, 5_000);
    change(lab, "pve1", write("firewall/a", "x"));
    expect(age()).toBe(before);
    const tried = (one: Parameters<typeof change>[2]) => change(lab, "pve1", one);
    expect(tried({ op: "rename", path: "/etc/pve/firewall", to: "/etc/pve/z" })).toMatchObject({ errno: "ENOTEMPTY" });
    change(lab, "pve1", { op: "unlink", path: "/etc/pve/firewall/a" });
    expect(tried({ op: "rename", path: "/etc/pve/firewall", to: "/etc/pve/z" })).toEqual({ state: "done" });
    expect(tried({ op: "symlink", path: "/etc/pve/link", target: "z" })).toMatchObject({ errno: "ENOSYS" });
    expect(tried(write(".members", "x"))).toMatchObject({ errno: "EIO" });
    expect(tried({ op: "mkdir", path: "/etc/pve/.members" })).toMatchObject({ errno: "EEXIST" });
    expect(tried({ op: "unlink", path: "/etc/pve/.members" })).toMatchObject({ errno: "EACCES" });
  });
});

describe("/etc/pve of a cluster", () => {
  it("shows a file on every node soon after one wrote it, and the writer waits for it", () => {
    const lab = clusterOf(3);
    const answer = act(lab, "files/change", { node: "pve2", change: write("hello", "from pve2\n") });
    expect(answer.state).toBe("pending");
    const before = lab.nowMs;
    runUntil(lab, () => (pmxcfsFile(lab, "pve3", "hello") && pmxcfsFile(lab, "pve1", "hello") ? true : undefined));
    expect(lab.nowMs - before).toBeLessThan(1_500);
    expect(pmxcfsFile(lab, "pve1", "hello")).toBe("from pve2\n");
  });

  it("refuses everything without quorum, with the errno recorded for it, and stays readable", () => {
    const lab = clusterOf(3);
    change(lab, "pve1", write("oracle-test", "hello\n"));
    setPaths(lab, ["pve3"], ["pve1", "pve2"], false);
    run(lab, 15_000);
    const tried = (one: Parameters<typeof change>[2]) => change(lab, "pve3", one);
    expect(tried(write("newfile", ""))).toMatchObject({ errno: "EACCES" });
    expect(tried(write("oracle-test", "x", true))).toMatchObject({ errno: "EACCES" });
    expect(tried({ op: "mkdir", path: "/etc/pve/newdir" })).toMatchObject({ errno: "EACCES" });
    expect(tried({ op: "unlink", path: "/etc/pve/oracle-test" })).toMatchObject({ errno: "EACCES" });
    expect(tried({ op: "rename", path: "/etc/pve/oracle-test", to: "/etc/pve/b" })).toMatchObject({ errno: "EACCES" });
    expect(tried({ op: "utimes", path: "/etc/pve/oracle-test", mtimeMs: 0 })).toMatchObject({ errno: "EACCES" });
    expect(tried({ op: "chmod", path: "/etc/pve/oracle-test", mode: 0o600 })).toMatchObject({ errno: "EPERM" });
    expect(entryAt(lab, "pve3", "/etc/pve/oracle-test")).toMatchObject({ mode: 0o440, content: "hello\n" });
    expect(entryAt(lab, "pve3", "/etc/pve/priv")).toMatchObject({ mode: 0o500 });
    expect(entryAt(lab, "pve3", "/etc/pve/.debug")).toMatchObject({ mode: 0o640 });
    expect(pmxcfsFile(lab, "pve3", ".members")).toContain(
      '"cluster": { "name": "lab", "version": 3, "nodes": 3, "quorate": 0 }',
    );
    expect(pmxcfsFile(lab, "pve3", ".members")).toContain('"pve1": { "id": 1, "online": 0, "ip": "10.99.7.11"}');
    expect(change(lab, "pve1", write("meanwhile", "here\n"))).toEqual({ state: "done" });
    setPaths(lab, ["pve3"], ["pve1", "pve2"], true);
    run(lab, 10_000);
    expect(pmxcfsFile(lab, "pve3", "meanwhile")).toBe("here\n");
    expect(entryAt(lab, "pve3", "/etc/pve/oracle-test")).toMatchObject({ mode: 0o640 });
  });

  it("says in the journal what was recorded when a cut node is back", () => {
    const lab = clusterOf(3);
    setPaths(lab, ["pve3"], ["pve1", "pve2"], false);
    run(lab, 15_000);
    expect(journal(lab, "pve3", "node lost quorum")).toHaveLength(1);
    change(lab, "pve1", write("a", "1"));
    const mark = lab.nodes.pve3!.journal.length;
    setPaths(lab, ["pve3"], ["pve1", "pve2"], true);
    run(lab, 10_000);
    const pid = (node: string) => lab.nodes[node]!.pmxcfs.pid;
    const members = `1/${pid("pve1")}, 2/${pid("pve2")}, 3/${pid("pve3")}`;
    const lines = lab.nodes
      .pve3!.journal.slice(mark)
      .filter((line) => line.text.startsWith("[dcdb]"))
      .map((line) => line.text);
    expect(lines).toEqual([
      `[dcdb] notice: members: ${members}`,
      "[dcdb] notice: starting data syncronisation",
      expect.stringMatching(
        new RegExp(`^\\[dcdb\\] notice: received sync request \\(epoch 1/${pid("pve1")}/0000000\\w\\)$`),
      ),
      "[dcdb] notice: received all states",
      `[dcdb] notice: leader is 1/${pid("pve1")}`,
      `[dcdb] notice: synced members: 1/${pid("pve1")}, 2/${pid("pve2")}`,
      "[dcdb] notice: waiting for updates from leader",
      "[dcdb] notice: update complete - trying to commit (got 2 inode updates)",
      "[dcdb] notice: all data is up to date",
    ]);
  });

  it("makes a part that lost its quorum leave over the writes it sent before, and come back", () => {
    const lab = clusterOf(5);
    change(lab, "pve1", write("before", "1"));
    change(lab, "pve1", write("before", "2"));
    run(lab, 1_000);
    const marks = { pve1: lab.nodes.pve1!.journal.length, pve2: lab.nodes.pve2!.journal.length };
    const versions = lab.nodes.pve1!.pmxcfs.database.version;
    setPaths(lab, ["pve1", "pve2"], ["pve3", "pve4", "pve5"], false);
    // The token is lost by now, which nobody knows yet.
    run(lab, 1_000);
    const sent = (node: string, path: string) => act(lab, "files/change", { node, change: write(path, node) });
    const answers = { pve1: sent("pve1", "a"), pve2: sent("pve2", "c") };
    const answer = (node: "pve1" | "pve2") => {
      const pending = answers[node];
      return pending.state === "pending" ? pmxcfsAnswer(lab, node, pending.id) : pending;
    };
    until(lab, () => ["pve1", "pve2"].every((node) => journal(lab, node, "leaving CPG group").length > 0));
    // The message with the lowest number of its sender comes first: nobody takes the other one.
    expect([answer("pve1"), answer("pve2")]).toEqual([undefined, { state: "refused", errno: "EPERM", path: "c" }]);
    until(lab, () => answer("pve1") !== undefined);
    expect(answer("pve1")).toMatchObject({ state: "refused", errno: "EBUSY" });
    const back = (node: string) => lab.nodes[node]!.pmxcfs.sync.members.length === 2;
    until(lab, () => back("pve1") && back("pve2") && lab.nodes.pve2!.pmxcfs.sync.phase === "synced");
    const dcdb = lab.nodes.pve1!.journal.slice(marks.pve1).filter(({ text }) => text.startsWith("[dcdb]"));
    const from = dcdb.findIndex(({ text }) => text.includes("received write"));
    // As recorded (recordings/pmxcfs, README).
    expect(dcdb.slice(from, from + 5).map(({ text }) => text)).toEqual([
      "[dcdb] crit: received write while not quorate - trigger resync",
      "[dcdb] crit: leaving CPG group",
      "[dcdb] notice: start cluster connection",
      "[dcdb] crit: cpg_join failed: 14",
      "[dcdb] crit: can't initialize service",
    ]);
    expect(lab.nodes.pve1!.pmxcfs.onlineIds).toEqual([1, 2]);
    setPaths(lab, ["pve1", "pve2"], ["pve3", "pve4", "pve5"], true);
    until(lab, () => lab.nodes.pve1!.pmxcfs.quorate && lab.nodes.pve1!.pmxcfs.sync.phase === "synced");
    expect(lab.nodes.pve1!.pmxcfs.database.version).toBe(versions);
    expect(change(lab, "pve1", write("a", "again"))).toEqual({ state: "done" });
  });

  it("refuses a write with EBUSY while it is out of its group although there is quorum again", () => {
    const lab = clusterOf(3);
    setPaths(lab, ["pve3"], ["pve1", "pve2"], false);
    act(lab, "files/change", { node: "pve3", change: write("a", "") });
    until(lab, () => journal(lab, "pve3", "cpg_join failed: 14").length > 0);
    act(lab, "corosync/expected", { node: "pve3", value: 1 });
    until(lab, () => lab.nodes.pve3!.pmxcfs.quorate);
    expect(change(lab, "pve3", write("b", ""))).toMatchObject({ state: "refused", errno: "EBUSY" });
    expect(journal(lab, "pve3", "[dcdb] crit: cpg_send_message failed: 9")).toHaveLength(2);
    run(lab, 8_000);
    expect(change(lab, "pve3", write("b", ""))).toEqual({ state: "done" });
  });

  it("lets the side with more writes win after a split brain, even the smaller one, without a word", () => {
    const lab = clusterOf(3);
    setPaths(lab, ["pve3"], ["pve1", "pve2"], false);
    run(lab, 15_000);
    act(lab, "corosync/expected", { node: "pve3", value: 1 });
    run(lab, 2_000);
    expect(change(lab, "pve1", write("who", "majority\n"))).toEqual({ state: "done" });
    for (let i = 0; i < 5; i++) expect(change(lab, "pve3", write("who", `minority ${i}\n`))).toEqual({ state: "done" });
    setPaths(lab, ["pve3"], ["pve1", "pve2"], true);
    run(lab, 15_000);
    for (const node of ["pve1", "pve2", "pve3"]) expect(pmxcfsFile(lab, node, "who")).toBe("minority 4\n");
    expect(journal(lab, "pve1", "leader is 3/")).toHaveLength(1);
  });

  it("keeps its database through a power cut", () => {
    const lab = clusterOf(2);
    change(lab, "pve1", write("kept", "yes\n"));
    run(lab, 500);
    act(lab, "power/set", { node: "pve2", state: "off" });
    run(lab, 2_000);
    expect(namesIn(lab, "pve2", "/etc/pve")).toEqual([]);
    act(lab, "power/set", { node: "pve2", state: "on" });
    run(lab, 60_000);
    expect(pmxcfsFile(lab, "pve2", "kept")).toBe("yes\n");
    expect(lab.nodes.pve2!.services.units.pveproxy.active).toBe("active");
    expect(change(lab, "pve2", write("again", "written\n"))).toEqual({ state: "done" });
  });

  it("says no quorum but keeps its last view of the others when corosync stops", () => {
    const lab = clusterOf(3);
    act(lab, "services/control", { node: "pve3", unit: "corosync", action: "stop" });
    run(lab, 5_000);
    expect(pmxcfsFile(lab, "pve3", ".members")).toContain('"quorate": 0');
    expect(pmxcfsFile(lab, "pve3", ".members")).toContain('"pve1": { "id": 1, "online": 1');
    expect(change(lab, "pve3", write("x", ""))).toMatchObject({ errno: "EACCES" });
    expect(lab.nodes.pve3!.services.units.corosync.active).toBe("inactive");
    act(lab, "services/control", { node: "pve3", unit: "corosync", action: "start" });
    run(lab, 15_000);
    expect(change(lab, "pve3", write("x", ""))).toEqual({ state: "done" });
  });
});

describe("corosync.conf", () => {
  it("is taken over by every node with an equal or higher version, and not with a lower one", () => {
    const lab = clusterOf(3);
    const text = pmxcfsFile(lab, "pve1", "corosync.conf")!;
    const edited = (version: number) =>
      text.replace(/config_version: \d+/, `config_version: ${version}`).replace("debug: off", "debug: on");
    change(lab, "pve1", write("corosync.conf", edited(8)));
    run(lab, 3_000);
    expect(lab.nodes.pve3!.files.entries["/etc/corosync/corosync.conf"]!.content).toBe(edited(8));
    expect(journal(lab, "pve3", "wrote new corosync config '/etc/corosync/corosync.conf' (version = 8)")).toHaveLength(
      1,
    );
    expect(lab.nodes.pve2!.corosync.daemon!.config.configVersion).toBe(8);
    change(lab, "pve1", write("corosync.conf", edited(3)));
    run(lab, 3_000);
    expect(lab.nodes.pve3!.files.entries["/etc/corosync/corosync.conf"]!.content).toBe(edited(8));
    expect(journal(lab, "pve3", "[dcdb] crit: local corosync.conf is newer")).toHaveLength(1);
  });

  it("lies on every disk, too, where corosync refuses it; the node that wrote it says so", () => {
    const lab = clusterOf(3);
    const refused = pmxcfsFile(lab, "pve1", "corosync.conf")!
      .replace(/config_version: \d+/, "config_version: 8")
      .replace(/(ring0_addr: .*)\n/, "$1\n    ring1_addr: 10.10.20.11\n");
    change(lab, "pve1", write("corosync.conf", refused));
    run(lab, 3_000);
    for (const node of ["pve1", "pve2", "pve3"]) {
      expect(lab.nodes[node]!.files.entries["/etc/corosync/corosync.conf"]!.content).toBe(refused);
      expect(lab.nodes[node]!.corosync.daemon!.config.configVersion).not.toBe(8);
      expect(pmxcfsFile(lab, node, ".members")).not.toContain('"version": 8');
    }
    const failed = "[dcdb] crit: corosync-cfgtool -R failed with exit code 7#010";
    expect(journal(lab, "pve1", failed)).toHaveLength(1);
    expect(journal(lab, "pve2", failed)).toHaveLength(0);
  });
});

describe("under random faults", () => {
  it.each(["a", "b", "c", "d", "e", "f"])(
    "no write lands without quorum and replicas are equal after a merge (seed %s)",
    (seed) => {
      const lab = clusterOf(3, seed);
      const names = ["pve1", "pve2", "pve3"];
      let number = 0;
      const next = () => {
        // A sequence of its own, so that faults do not depend on what the model draws.
        number = (Math.imul(number ^ seed.charCodeAt(0), 1_103_515_245) + 12_345) & 0x7fffffff;
        return number / 0x7fffffff;
      };
      for (let round = 0; round < 12; round++) {
        const victim = names[Math.floor(next() * 3)]!;
        const others = names.filter((name) => name !== victim);
        const fault = Math.floor(next() * 4);
        if (fault === 0) setPaths(lab, [victim], others, false);
        else if (fault === 1) setPaths(lab, [victim], others.slice(0, 1), false);
        else if (fault === 2) act(lab, "power/set", { node: victim, state: "off" });
        else if (lab.nodes[victim]!.power === "on") act(lab, "power/set", { node: victim, state: "hung" });
        for (let i = 0; i < 4; i++) {
          run(lab, next() * 6_000);
          const writer = names[Math.floor(next() * 3)]!;
          const node = lab.nodes[writer]!;
          if (node.power !== "on" || node.pmxcfs.pid === 0) continue;
          const versionBefore = node.pmxcfs.database.version;
          const wasQuorate = node.pmxcfs.quorate;
          const answer = act(lab, "files/change", { node: writer, change: write(`f${round}-${i}`, writer) });
          if (!wasQuorate) {
            expect(answer).toMatchObject({ state: "refused", errno: "EACCES" });
            expect(node.pmxcfs.database.version).toBe(versionBefore);
          }
        }
        for (const name of names) {
          act(lab, "power/set", { node: name, state: "on" });
          setPaths(
            lab,
            [name],
            names.filter((other) => other !== name),
            true,
          );
        }
        run(lab, 60_000);
        const indexes = names.map((name) => databaseIndex(lab.nodes[name]!.pmxcfs.database));
        expect(new Set(indexes).size, `round ${round} of seed ${seed}: ${indexes}`).toBe(1);
        for (const name of names) {
          expect(lab.nodes[name]!.pmxcfs.quorate, `round ${round} of seed ${seed}: ${name}`).toBe(true);
          expect(lab.nodes[name]!.pmxcfs.sync.phase).toBe("synced");
        }
      }
    },
  );
});
