/** The checks an author can compose, for `docs/checks.md`; a test holds this list, the code and the document together. */

export interface VocabularyEntry {
  name: string;
  /** File under `grader/checks/`. */
  file: `${string}.ts`;
  parameters: string;
  kind: "state" | "event" | "return" | "over time";
  /** When it has passed. */
  passes: string;
}

export const vocabulary: VocabularyEntry[] = [
  {
    name: "clusterNamed",
    file: "cluster.ts",
    parameters: "{ on, name }",
    kind: "state",
    passes: "Node `on` says that it is in a cluster called `name`.",
  },
  {
    name: "createdAfterBaseline",
    file: "cluster.ts",
    parameters: "{ on, name }",
    kind: "event",
    passes: "The cluster that `on` is in came to be after the baseline; `name` is only used in the next move.",
  },
  {
    name: "nodeIsMember",
    file: "membership.ts",
    parameters: "{ node, of }",
    kind: "state",
    passes: "`node` and `of` list each other in one cluster, `of` sees `node` online, `node` is quorate.",
  },
  {
    name: "hasMembers",
    file: "membership.ts",
    parameters: "{ on, members }",
    kind: "state",
    passes: "The cluster that `on` is in has exactly these members, all of them online.",
  },
  {
    name: "joinedAfterBaseline",
    file: "membership.ts",
    parameters: "{ node, of }",
    kind: "event",
    passes: "`node` came into the cluster of `of` after the baseline, by its tasks or by the change.",
  },
  {
    name: "membersAgree",
    file: "agreement.ts",
    parameters: "{ nodes, by? }",
    kind: "state",
    passes: "All `nodes` give one answer: cluster, members, version of the configuration, everybody online.",
  },
  {
    name: "isQuorate",
    file: "agreement.ts",
    parameters: "{ nodes }",
    kind: "state",
    passes: "Each of `nodes` says of itself that it is quorate, all in one cluster.",
  },
  {
    name: "votes",
    file: "agreement.ts",
    parameters: "{ on, expected, nobodyElse? }",
    kind: "state",
    passes:
      "The nodes in the configuration of the cluster that `on` is in have `expected` votes in all; with `nobodyElse`, no quorate node's own QDevice daemon answers.",
  },
  {
    name: "nodeOffline",
    file: "presence.ts",
    parameters: "{ node, seenBy }",
    kind: "state",
    passes: "`seenBy` lists `node` as a member of its cluster that is not online.",
  },
  {
    name: "nodeSilent",
    file: "presence.ts",
    parameters: "{ node, whileAnswers }",
    kind: "state",
    passes: "`node` gives no answer, while `whileAnswers` does.",
  },
  {
    name: "nodeBack",
    file: "presence.ts",
    parameters: "{ node, after }",
    kind: "return",
    passes: "`node` answers, and was seen silent since the baseline (or the step `after` has passed).",
  },
  {
    name: "quorateWithout",
    file: "quorum.ts",
    parameters: "{ nodes, without, by? }",
    kind: "state",
    passes:
      'Each of `nodes` says that it is quorate and does not see `without` online. With `by: "cables"` the next move is to pull cables, not plugs; here and in the next two.',
  },
  {
    name: "notQuorate",
    file: "quorum.ts",
    parameters: "{ on, by? }",
    kind: "state",
    passes: "`on` is in a cluster and says of itself that it is not quorate.",
  },
  {
    name: "quorateByForce",
    file: "quorum.ts",
    parameters: "{ on, by? }",
    kind: "state",
    passes: "`on` is quorate although it sees no other member online: the expected votes were lowered.",
  },
  {
    name: "everybodyPresent",
    file: "quorum.ts",
    parameters: "{ nodes }",
    kind: "state",
    passes:
      "All `nodes`, and nobody else, are members, online and quorate, and agree; for a node that is away a quorate member's word is taken.",
  },
  {
    name: "exerciseChecks",
    file: "exercise.ts",
    parameters: "{ checks, brokenAtLeast, given }",
    kind: "return",
    passes:
      "Wraps `checks` by their id: each passes as it does alone, but only if `given` passed in the baseline and at least `brokenAtLeast` of them did not.",
  },
  {
    name: "restoredToHealth",
    file: "quorum.ts",
    parameters: "{ nodes, after, by? }",
    kind: "return",
    passes:
      'One of `nodes` was seen without quorum since the baseline (or the step `after` has passed); now all agree, are online and quorate. With `by: "cables"` the next move is to put cables back; in `membersAgree` and `clusterHealthy`, too.',
  },
  {
    name: "storageListed",
    file: "resources.ts",
    parameters: "{ storage, nodes }",
    kind: "state",
    passes: "Each of `nodes` lists the storage as its own.",
  },
  {
    name: "guestOn",
    file: "resources.ts",
    parameters: "{ vmid, on, seenBy }",
    kind: "state",
    passes: "Each of `seenBy` lists the machine `vmid`, and it belongs to the node `on`.",
  },
  {
    name: "clusterExists",
    file: "cluster.ts",
    parameters: "{ on }",
    kind: "state",
    passes: "Node `on` says that it is in a cluster.",
  },
  {
    name: "clusterHealthy",
    file: "quorum.ts",
    parameters: "{ nodes, by? }",
    kind: "state",
    passes: "All `nodes` agree, are online and quorate.",
  },
  {
    name: "readOnly",
    file: "quorum.ts",
    parameters: "{ on }",
    kind: "state",
    passes: "`on` is in a cluster and not quorate, so its `/etc/pve` can only be read.",
  },
  {
    name: "quorumKept",
    file: "over-time.ts",
    parameters: "{ nodes, maxGapSeconds? }",
    kind: "over time",
    passes:
      "None of `nodes` lost quorum since the baseline: by their journals where they may be read (certain), else by looks at most `maxGapSeconds` (60) apart.",
  },
  {
    name: "linksRedundant",
    file: "links.ts",
    parameters: "{ nodes, links? }",
    kind: "state",
    passes: "Every member has at least `links` (2) addresses, and all of them work for each of `nodes`.",
  },
  {
    name: "linkDown",
    file: "links.ts",
    parameters: "{ on, link }",
    kind: "state",
    passes: "Over this link `on` hears nobody.",
  },
  {
    name: "qdeviceVoting",
    file: "qdevice.ts",
    parameters: "{ nodes }",
    kind: "state",
    passes: "On each of `nodes` the QDevice is connected and casts its vote.",
  },
  {
    name: "storageUsable",
    file: "resources.ts",
    parameters: "{ storage, nodes, shared? }",
    kind: "state",
    passes: "Each of `nodes` has the storage ready for use; shared or not, where that is given.",
  },
  {
    name: "fileOnAll",
    file: "files.ts",
    parameters: "{ path, nodes }",
    kind: "state",
    passes: "The file is there on each of `nodes`, with the same content.",
  },
  {
    name: "guestExists",
    file: "guests.ts",
    parameters: "{ vmid }",
    kind: "state",
    passes: "A machine with this id exists, on any node.",
  },
  {
    name: "guestRunning",
    file: "guests.ts",
    parameters: "{ vmid, on? }",
    kind: "state",
    passes: "The machine runs (paused is not running), on `on` where that is given.",
  },
  {
    name: "guestStopped",
    file: "guests.ts",
    parameters: "{ vmid }",
    kind: "state",
    passes: "The machine exists and is switched off.",
  },
  {
    name: "guestUnlocked",
    file: "guests.ts",
    parameters: "{ vmid }",
    kind: "state",
    passes: "Nothing holds the machine locked.",
  },
  {
    name: "guestHas",
    file: "guests.ts",
    parameters: "{ vmid, properties }",
    kind: "state",
    passes: "The machine's configuration has these values, such as `{ memory: 512, net0: 'bridge=vmbr0' }`.",
  },
  {
    name: "guestOnStorage",
    file: "guests.ts",
    parameters: "{ vmid, storage }",
    kind: "state",
    passes: "All disks of the machine are on this storage.",
  },
  {
    name: "nodeDrained",
    file: "guests.ts",
    parameters: "{ node, vmids }",
    kind: "state",
    passes: "No machine runs on `node`, and each of `vmids` runs elsewhere.",
  },
  {
    name: "guestMigrated",
    file: "migration.ts",
    parameters: "{ vmid, from?, to?, how? }",
    kind: "event",
    passes:
      "The machine was moved by a migration that ended well: `how` is `offline`, `live` (also with local disks) or `live-with-disks`.",
  },
  {
    name: "migratedWithoutRestart",
    file: "migration.ts",
    parameters: "{ vmid, from?, to? }",
    kind: "event",
    passes: "It was moved live, and nothing stopped, reset or started it since.",
  },
  {
    name: "migratedWithinOutage",
    file: "migration.ts",
    parameters: "{ vmid, seconds, from?, to?, how?, address? }",
    kind: "event",
    passes:
      "It was moved and away for at most `seconds`: offline by the task lists, live by a ping of `address` from another node (capability `probe`).",
  },
  {
    name: "migrationCancelled",
    file: "migration.ts",
    parameters: "{ vmid, from?, to? }",
    kind: "event",
    passes: "A migration was ended by hand, and the machine stayed.",
  },
  {
    name: "migrationFailed",
    file: "migration.ts",
    parameters: "{ vmid, from?, to?, because? }",
    kind: "event",
    passes:
      "A migration failed; `because` is `local-disk`, `local-cdrom`, `linked-clone`, `local-device`, `target-unreachable` or `no-quorum`. What Proxmox refuses at once leaves no task and cannot be seen.",
  },
  {
    name: "recoveredAfterLoss",
    file: "recovery.ts",
    parameters: "{ vmid, lost }",
    kind: "return",
    passes: "The machine was on `lost`, `lost` went away, and the machine runs elsewhere without having been migrated.",
  },
  {
    name: "nodeRemoved",
    file: "recovery.ts",
    parameters: "{ node, from }",
    kind: "state",
    passes:
      "None of `from` knows `node` any more: no member, no vote, no machine; and it does not believe to be a member itself.",
  },
  {
    name: "nodeReplaced",
    file: "recovery.ts",
    parameters: "{ node, of, old? }",
    kind: "event",
    passes:
      "`node` joined the cluster of `of` after the baseline in the place of `old` (the same name unless given), which is no member any more.",
  },
  {
    name: "haState",
    file: "ha.ts",
    parameters: "{ vmid, state, on? }",
    kind: "state",
    passes: "The HA manager has the machine in this state, on `on` where that is given.",
  },
  {
    name: "haRecovered",
    file: "ha.ts",
    parameters: "{ vmid, lost }",
    kind: "return",
    passes: "HA had the machine on `lost`, `lost` went away, and HA has it started elsewhere without a migration.",
  },
  {
    name: "haMaintenance",
    file: "ha.ts",
    parameters: "{ node }",
    kind: "state",
    passes: "`node` is in maintenance, and HA has nothing on it.",
  },
  {
    name: "afterStep",
    file: "after-step.ts",
    parameters: "{ step, check }",
    kind: "return",
    passes: "The chapter's step `step` has passed, and the check `check` passes.",
  },
];
