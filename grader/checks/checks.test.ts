import { describe, expect, it } from "vitest";
import type { Observation } from "../observation.ts";
import type { Verdict } from "../verdict.ts";
import { isQuorate, membersAgree, votes } from "./agreement.ts";
import { type Check, variable } from "./check.ts";
import { clusterNamed, createdAfterBaseline } from "./cluster.ts";
import { hasMembers, joinedAfterBaseline, nodeIsMember } from "./membership.ts";
import { inWords } from "./messages.en.ts";
import { lab, task, withFacts } from "./sample-lab.ts";

const all = ["pve1", "pve2", "pve3"];
const three = { cluster: "lab", members: all };
const two = { cluster: "lab", members: ["pve1", "pve2"] };
const one = { cluster: "lab", members: ["pve1"] };
const fresh = lab({ pve1: "alone", pve2: "alone", pve3: "alone" });
const solved = lab({ pve1: three, pve2: three, pve3: three });

function judged(check: Check, observation: Observation, baseline: Observation | undefined = fresh): Verdict {
  return check({ observation, history: [], variables: { clusterName: "lab" }, ...(baseline && { baseline }) });
}
/** Outcome and message, as one line. */
function told(check: Check, observation: Observation, baseline?: Observation): string {
  const verdict = judged(check, observation, baseline);
  return `${verdict.outcome} ${inWords(verdict.message)}`;
}

describe("clusterNamed", () => {
  const check = clusterNamed({ on: "pve1", name: variable("clusterName") });
  it("passes on the learner's own name", () => {
    expect(told(check, lab({ pve1: one }))).toBe("passed pve1 is in the cluster lab.");
  });
  it("is not yet right on a fresh node, and says the command", () => {
    const verdict = judged(check, fresh);
    expect(verdict.outcome).toBe("not-yet");
    expect(inWords(verdict.next!)).toBe("On pve1: pvecm create lab");
  });
  it("tells another name from no cluster", () => {
    expect(told(check, lab({ pve1: { cluster: "lab2", members: ["pve1"] } }))).toBe(
      "not-yet pve1 is in a cluster called lab2; it should be called lab.",
    );
  });
  it("tells that it was created on another node", () => {
    expect(told(check, lab({ pve1: "alone", pve2: { cluster: "lab", members: ["pve2"] }, pve3: "alone" }))).toBe(
      "not-yet pve1 is not in a cluster; a cluster lab exists on pve2 instead.",
    );
  });
  it("could not check a node that is dead, and one that is slow", () => {
    expect(told(check, lab({ pve1: "dead" }))).toBe("could-not-check Could not check: pve1 could not be asked.");
    expect(inWords(judged(check, lab({ pve1: "slow" })).seen!)).toBe("pve1 gave no answer within 25 s.");
  });
  it("could not check without the learner's value", () => {
    const verdict = check({ observation: solved, history: [], variables: {} });
    expect(verdict).toMatchObject({ outcome: "could-not-check", message: { id: "variable.missing" } });
  });
  it("tells why creating failed", () => {
    const failed = { alone: true, tasks: [task("pve1", "clustercreate", "failed", "disk full")] } as const;
    expect(told(check, lab({ pve1: { ...failed, tasks: [...failed.tasks] } }))).toBe(
      "not-yet Creating a cluster on pve1 failed: disk full",
    );
  });
});

describe("createdAfterBaseline", () => {
  const check = createdAfterBaseline({ on: "pve1", name: "lab" });
  it("passes when the node was alone before, and names the task", () => {
    const created = task("pve1", "clustercreate");
    const verdict = judged(check, lab({ pve1: { ...one, tasks: [created] } }));
    expect(verdict.outcome).toBe("passed");
    expect(verdict.evidence.at(-1)!.source).toBe(`task ${created.upid}`);
  });
  it("passes without a task, by the change alone", () => {
    expect(judged(check, lab({ pve1: one })).outcome).toBe("passed");
  });
  it("does not credit a cluster that was there before", () => {
    expect(told(check, solved, solved)).toBe("not-yet pve1 was in the cluster lab already when the chapter began.");
  });
  it("credits one that was destroyed and created anew under the same name", () => {
    expect(judged(check, lab({ pve1: { ...one, tasks: [task("pve1", "clustercreate")] } }), solved).outcome).toBe(
      "passed",
    );
  });
  it("could not check without a baseline, and says so", () => {
    const verdict = check({ observation: solved, history: [], variables: {} });
    expect(verdict).toMatchObject({ outcome: "could-not-check", message: { id: "baseline.missing" } });
  });
  it("could not check when the baseline could not see the node and no task tells", () => {
    expect(told(check, solved, lab({ pve1: "dead" }))).toMatch(/^could-not-check .*pve1 could not be asked when/);
  });
});

describe("nodeIsMember", () => {
  const check = nodeIsMember({ node: "pve3", of: "pve1" });
  it("passes when both list each other", () => {
    expect(told(check, solved)).toBe("passed pve3 is a member of the cluster lab together with pve1.");
  });
  it("tells a node that stands alone, and the command", () => {
    const seen = lab({ pve1: two, pve2: two, pve3: "alone" });
    expect(told(check, seen)).toBe("not-yet pve3 stands alone; it has not joined the cluster lab of pve1.");
    expect(inWords(judged(check, seen).next!)).toBe("On pve3: pvecm add pve1");
  });
  it("tells a cluster of its own with the same name: created instead of joined", () => {
    expect(told(check, lab({ pve1: two, pve2: two, pve3: { cluster: "lab", members: ["pve3"] } }))).toBe(
      "not-yet pve3 is a member of a cluster of its own, also named lab: it was created there instead of joined.",
    );
  });
  it("tells a cluster of its own with another name", () => {
    expect(told(check, lab({ pve1: two, pve2: two, pve3: { cluster: "x", members: ["pve3"] } }))).toBe(
      "not-yet pve3 is a member of a cluster of its own, called x: it was created there instead of joined to lab.",
    );
  });
  it("is not fooled by its own same-named cluster while the first one does not answer", () => {
    expect(judged(check, lab({ pve1: "dead", pve2: two, pve3: { cluster: "lab", members: ["pve3"] } })).outcome).toBe(
      "could-not-check",
    );
  });
  it("tells joined but not quorate", () => {
    const cut = { ...three, quorate: false, online: ["pve3"] };
    const rest = { ...three, online: ["pve1", "pve2"] };
    expect(told(check, lab({ pve1: rest, pve2: rest, pve3: cut }))).toBe(
      "not-yet pve3 was joined to the cluster of pve1, but says that it is not quorate.",
    );
  });
  it("tells a join that failed, with Proxmox's own reason", () => {
    const tasks = [task("pve3", "clusterjoin", "failed", "401 authentication failure")];
    expect(told(check, lab({ pve1: two, pve2: two, pve3: { alone: true, tasks } }))).toBe(
      "not-yet pve3 tried to join the cluster of pve1, and that failed: 401 authentication failure",
    );
  });
  it("tells a join that is running and one that stopped half-way", () => {
    const tasks = [task("pve3", "clusterjoin", "running")];
    expect(told(check, lab({ pve1: two, pve2: two, pve3: { alone: true, tasks } }))).toMatch(
      /is joining .* at this moment/,
    );
    expect(told(check, lab({ pve1: three, pve2: three, pve3: "alone" }))).toMatch(/the join did not finish/);
  });
  it("could not check a member that is off, by its name", () => {
    const rest = { ...three, online: ["pve1", "pve2"] };
    expect(told(check, lab({ pve1: rest, pve2: rest, pve3: "dead" }))).toBe(
      "could-not-check Could not check: pve3 could not be asked.",
    );
  });
  it("is not yet for a dead node that a quorate cluster does not know", () => {
    expect(told(check, lab({ pve1: two, pve2: two, pve3: "dead" }))).toBe(
      "not-yet The cluster lab of pve1 does not list pve3, and pve3 does not answer.",
    );
  });
  it("passes on the node's own quorate answer when the first node is off, and not on an answer from the past", () => {
    const rest = { ...three, online: ["pve2", "pve3"] };
    expect(judged(check, lab({ pve1: "dead", pve2: rest, pve3: rest })).outcome).toBe("passed");
    const past = { ...three, quorate: false, online: ["pve3"] };
    expect(judged(check, lab({ pve1: "dead", pve2: "dead", pve3: past })).outcome).toBe("could-not-check");
  });
});

describe("hasMembers", () => {
  const check = hasMembers({ on: "pve1", members: all });
  it("passes on exactly these", () => {
    expect(told(check, solved)).toBe("passed The members of lab are exactly pve1, pve2 and pve3.");
  });
  it("names who is missing and who should not be there", () => {
    expect(told(check, lab({ pve1: two, pve2: two, pve3: "alone" }))).toBe(
      "not-yet The cluster lab has the members pve1 and pve2; missing: pve3.",
    );
    const ghost = { cluster: "lab", members: [...all, "pve4"], online: all };
    expect(told(check, lab({ pve1: ghost, pve2: ghost, pve3: ghost }))).toMatch(/should not be there: pve4/);
  });
  it("tells offline (answers us) from could not check (does not)", () => {
    const rest = { ...three, online: ["pve1", "pve2"] };
    const cut = { ...three, quorate: false, online: ["pve3"] };
    expect(told(check, lab({ pve1: rest, pve2: rest, pve3: cut }))).toBe(
      "not-yet All are members, but pve1 does not see pve3 online.",
    );
    expect(judged(check, lab({ pve1: rest, pve2: rest, pve3: "dead" })).outcome).toBe("could-not-check");
  });
});

describe("joinedAfterBaseline", () => {
  it("says of a node that is refused for its machines that they have to go first", () => {
    const refused = task("pve3", "clusterjoin", "failed", "Check if node may join a cluster failed!", {
      log: ["detected the following error(s):", "* this host already contains virtual guests"],
    });
    const two = { cluster: "lab", members: ["pve1", "pve2"] };
    const seen = lab({ pve1: two, pve2: two, pve3: { alone: true, tasks: [refused] } });
    const verdict = judged(joinedAfterBaseline({ node: "pve3", of: "pve1" }), seen);
    expect(verdict).toMatchObject({ outcome: "not-yet", next: { id: "next.empty-first" } });
  });
  const check = joinedAfterBaseline({ node: "pve3", of: "pve1" });
  it("passes by the task, and by the change alone", () => {
    const joined = { ...three, tasks: [task("pve3", "clusterjoin")] };
    expect(judged(check, lab({ pve1: three, pve2: three, pve3: joined })).evidence.at(-1)!.source).toMatch(
      /clusterjoin/,
    );
    expect(judged(check, solved).outcome).toBe("passed");
  });
  it("does not credit a member of old, nor an old task", () => {
    const old = task("pve3", "clusterjoin");
    const before = lab({ pve1: three, pve2: three, pve3: { ...three, tasks: [old] } });
    expect(told(check, before, before)).toBe("not-yet pve3 was in the cluster of pve1 already when the chapter began.");
  });
  it("tells created instead of joined", () => {
    const own = { cluster: "lab", members: ["pve3"], tasks: [task("pve3", "clustercreate")] };
    expect(told(check, lab({ pve1: two, pve2: two, pve3: own }))).toBe(
      "not-yet On pve3 a cluster lab was created since the chapter began; it should have joined the one of pve1.",
    );
  });
  it("tells the last failure, by its log when the task has no text", () => {
    const failed = {
      ...task("pve3", "clusterjoin", "failed"),
      log: ["Establishing API connection", "401 no", "TASK ERROR: x"],
    };
    expect(told(check, lab({ pve1: two, pve2: two, pve3: { alone: true, tasks: [failed] } }))).toBe(
      "not-yet pve3 has not joined the cluster of pve1; the last try failed: 401 no",
    );
  });
  it("adds the log's line where the task's end only says that it failed", () => {
    const log = ["detected the following error(s):", "* this host already contains virtual guests", "TASK ERROR: x"];
    const failed = { ...task("pve3", "clusterjoin", "failed", "Check if node may join a cluster failed!"), log };
    expect(told(check, lab({ pve1: two, pve2: two, pve3: { alone: true, tasks: [failed] } }))).toMatch(
      /failed: \* this host already contains virtual guests \(Check if node may join a cluster failed!\)$/,
    );
  });
  it("could not check without a baseline", () => {
    expect(check({ observation: solved, history: [], variables: {} }).message.id).toBe("baseline.missing");
  });
});

describe("membersAgree", () => {
  const check = membersAgree({ nodes: all });
  it("passes when all answers are one", () => {
    expect(told(check, solved)).toBe("passed pve1, pve2 and pve3 give the same answer about the cluster lab.");
  });
  it("tells two clusters of one name by their members", () => {
    const own = { cluster: "lab", members: ["pve3"] };
    expect(told(check, lab({ pve1: two, pve2: two, pve3: own }))).toBe(
      "not-yet pve1 lists the members pve1 and pve2, but pve3 lists pve3.",
    );
  });
  it("tells clusters of different names, versions and views", () => {
    expect(told(check, lab({ pve1: two, pve2: two, pve3: { cluster: "x", members: ["pve3"] } }))).toMatch(/lab and x/);
    expect(told(check, lab({ pve1: three, pve2: three, pve3: { ...three, version: 2 } }))).toMatch(
      /pve1 has version 3 .*, pve3 has version 2/,
    );
    expect(told(check, lab({ pve1: { ...three, online: ["pve1", "pve2"] }, pve2: three, pve3: three }))).toBe(
      "not-yet pve1 does not see pve3 online.",
    );
  });
  it("lists who is in no cluster", () => {
    expect(told(check, lab({ pve1: one, pve2: "alone", pve3: "alone" }))).toBe(
      "not-yet Not in any cluster by their own answer: pve2 and pve3.",
    );
  });
  it("could not check when one is silent and the others agree", () => {
    const rest = { ...three, online: ["pve1", "pve2"] };
    expect(told(check, lab({ pve1: rest, pve2: rest, pve3: "slow" }))).toBe(
      "could-not-check Could not check: pve3 could not be asked.",
    );
  });
});

describe("isQuorate", () => {
  const check = isQuorate({ nodes: all });
  it("passes when each says so itself", () => {
    expect(told(check, solved)).toBe("passed Quorate by their own answer: pve1, pve2 and pve3.");
  });
  it("names the node that is not, even while another does not answer", () => {
    const cut = { ...three, quorate: false, online: ["pve3"] };
    expect(told(check, lab({ pve1: "dead", pve2: three, pve3: cut }))).toBe(
      "not-yet Not quorate by their own answer: pve3.",
    );
  });
  it("does not take two clusters that are quorate each for itself", () => {
    expect(told(check, lab({ pve1: two, pve2: two, pve3: { cluster: "lab", members: ["pve3"] } }))).toBe(
      "not-yet Quorate each for itself, not together: pve3 is in another cluster than pve1 and pve2.",
    );
  });
  it("does not take the others' word for a silent node", () => {
    expect(told(check, lab({ pve1: "dead", pve2: three, pve3: three }))).toBe(
      "could-not-check Could not check: pve1 could not be asked.",
    );
  });
  it("is not yet for nodes outside any cluster", () => {
    expect(told(check, fresh)).toMatch(/^not-yet Not in a cluster, so there is no quorum/);
  });
});

describe("votes", () => {
  const check = votes({ on: "pve1", expected: 3 });
  it("passes on three votes and tells how many are needed", () => {
    expect(told(check, solved)).toBe("passed The cluster expects 3 votes and needs 2 of them.");
  });
  it("is not yet for two nodes, and for weights", () => {
    expect(told(check, lab({ pve1: two, pve2: two, pve3: "alone" }))).toMatch(/^not-yet The cluster expects 2 votes;/);
    expect(told(check, lab({ pve1: { ...three, votes: [3, 1, 1] } }))).toMatch(/^not-yet The cluster expects 5 votes/);
  });
  it("takes another quorate member's word when the first does not answer, and nobody's without quorum", () => {
    expect(judged(check, lab({ pve1: "dead", pve2: three, pve3: three })).outcome).toBe("passed");
    const lost = { ...three, quorate: false };
    expect(judged(check, lab({ pve1: "dead", pve2: lost, pve3: lost })).outcome).toBe("could-not-check");
  });
  it("with nobodyElse is not yet while any quorate node knows a QDevice, whatever the nodes' own votes", () => {
    const strict = votes({ on: "pve1", expected: 3, nobodyElse: true });
    const none = { qdevice: { read: true as const, value: null } };
    const device = { qdevice: { read: true as const, value: { state: "Connected", castsVote: true } } };
    const everybody = { pve1: three, pve2: three, pve3: three };
    const seen = (facts: Parameters<typeof withFacts>[1], nodes: Parameters<typeof lab>[0] = everybody) =>
      told(strict, withFacts(lab(nodes), facts));
    expect(seen({ pve1: none, pve2: none, pve3: none })).toBe(
      "passed The cluster expects 3 votes and needs 2 of them.",
    );
    expect(seen({ pve1: none, pve2: device, pve3: none })).toMatch(/^not-yet .* by the answer of pve2/);
    expect(seen({ pve2: none, pve3: none }, { ...everybody, pve1: "dead" })).toMatch(/^passed/);
    expect(seen({})).toMatch(/^could-not-check .*pve1 did not tell about its QDevice/);
    const weights = { ...three, votes: [3, 1, 1] };
    expect(seen({ pve1: device }, { pve1: weights })).toMatch(/^not-yet The cluster expects 5 votes/);
  });
});
