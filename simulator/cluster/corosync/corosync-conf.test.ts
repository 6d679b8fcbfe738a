/** corosync.conf, text and meaning. */
import { describe, expect, it } from "vitest";
import { newClusterConf, nodeSection, parseSections, readCorosyncConf, serialiseSections } from "./corosync-conf.ts";
import { consensusTimeoutMs, tokenTimeoutMs } from "./timing.ts";

/** As `pvecm create lab` wrote it. @source recorded 03-create */
const CREATED = `logging {
  debug: off
  to_syslog: yes
}

nodelist {
  node {
    name: pve1
    nodeid: 1
    quorum_votes: 1
    ring0_addr: 10.99.7.11
  }
}

quorum {
  provider: corosync_votequorum
}

totem {
  cluster_name: lab
  config_version: 1
  interface {
    linknumber: 0
  }
  ip_version: ipv4-6
  link_mode: passive
  secauth: on
  version: 2
}

`;

const pve1 = { nodeId: 1, votes: 1, addresses: [{ number: 0, address: "10.99.7.11" }] };

describe("corosync.conf", () => {
  it("of a new cluster is what Proxmox writes, to the byte", () => {
    expect(serialiseSections(newClusterConf({ clusterName: "lab", nodeName: "pve1", ...pve1 }))).toBe(CREATED);
  });
  it("is the same after reading and writing, keys that nobody knows included", () => {
    const strange = CREATED.replace("  debug: off\n", "  debug: off\n  fileline: on\n");
    expect(serialiseSections(parseSections(strange))).toBe(strange);
  });
  it("gives timeouts by the number of nodes listed", () => {
    const conf = newClusterConf({ clusterName: "lab", nodeName: "pve1", ...pve1 });
    const list = conf.sections.find((section) => section.name === "nodelist")!;
    for (let id = 2; id <= 5; id++) {
      list.sections.push(nodeSection({ nodeId: id, name: `pve${id}`, votes: 1, addresses: pve1.addresses }));
    }
    const config = readCorosyncConf(serialiseSections(conf));
    expect([tokenTimeoutMs(config), consensusTimeoutMs(config)]).toEqual([4_950, 5_940]);
  });
  it("is refused with a reason when a brace or a number is missing", () => {
    expect(() => readCorosyncConf(CREATED.trimEnd().slice(0, -1))).toThrow("Missing closing brace");
    expect(() => readCorosyncConf("}\n")).toThrow("Unexpected closing brace");
    const wrong = CREATED.replace("nodeid: 1", "nodeid: one");
    expect(() => parseSections(wrong, true)).toThrow(
      'is expected to be integer in range (0..4294967295), but "one" was given',
    );
    expect(readCorosyncConf(wrong).nodes).toEqual([]);
    expect(() => readCorosyncConf("totem\n")).toThrow("Line is not opening or closing section or key value");
  });
});
