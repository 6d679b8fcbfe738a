/**
 * Ways to keep a service going without an automatic restart elsewhere, and what each does in trouble: who may read, who
 * may write, and what it costs. Two sites, users at both.
 */

export type Design = "one-vm" | "ha-vm" | "live-live" | "virtual-ip" | "quorum-database" | "eventual";
export type Trouble = "none" | "node-lost" | "partition";

/** Read: new data, old data, or none. Write: taken or refused, or nothing that users could write. */
export interface SideAnswer {
  reads: "fresh" | "maybe old" | "refused";
  writes: "taken" | "refused" | "none";
}

export interface DesignAnswer {
  left: SideAnswer;
  right: SideAnswer;
  /** Both sides took writes that do not know of each other. */
  conflict: boolean;
  /** In a sentence: what happens. */
  told: string;
}

export const designWords: Record<Design, { title: string; what: string }> = {
  "one-vm": { title: "One virtual machine", what: "One copy, no automatic restart. Somebody is called." },
  "ha-vm": {
    title: "One VM, restarted by HA with fencing",
    what: "A quorate cluster restarts it elsewhere, after the fence.",
  },
  "live-live": {
    title: "Two instances, no shared state",
    what: "A name server or a static web page on each side; health checks choose.",
  },
  "virtual-ip": {
    title: "A pair with a virtual IP, no quorum",
    what: "The address moves to whoever hears nobody else.",
  },
  "quorum-database": {
    title: "A database with a majority",
    what: "Three copies; the third is a small machine at the left. A write needs two.",
  },
  eventual: {
    title: "Eventual consistency",
    what: "Both sides take writes and merge them later, by a rule of the application.",
  },
};

const yes: SideAnswer = { reads: "fresh", writes: "taken" };
const no: SideAnswer = { reads: "refused", writes: "refused" };
const readOnly: SideAnswer = { reads: "fresh", writes: "none" };

/** The node at the left is lost, or the sites do not see each other. */
export function judgeDesign(design: Design, trouble: Trouble): DesignAnswer {
  if (trouble === "none") {
    const well = design === "live-live" ? readOnly : yes;
    return { left: well, right: well, conflict: false, told: "All is well. Every design looks good now." };
  }
  const lost = trouble === "node-lost";
  switch (design) {
    case "one-vm":
      return lost
        ? { left: no, right: no, conflict: false, told: "Nobody has the service until a person starts it again." }
        : { left: yes, right: no, conflict: false, told: "It runs at the left. The right side has nothing." };
    case "ha-vm":
      return lost
        ? {
            left: yes,
            right: yes,
            conflict: false,
            told: "After two to three minutes it runs on another node. Until then: nothing.",
          }
        : {
            left: yes,
            right: no,
            conflict: false,
            told: "The side with quorum has it; the other side's node fences itself.",
          };
    case "live-live":
      return lost
        ? {
            left: readOnly,
            right: readOnly,
            conflict: false,
            told: "The health check sends everybody to the right. A few requests fail.",
          }
        : {
            left: { reads: "maybe old", writes: "none" },
            right: { reads: "maybe old", writes: "none" },
            conflict: false,
            told: "Both answer. Users write nothing, so nothing can diverge. A change of the content reaches one side later.",
          };
    case "virtual-ip":
      return lost
        ? { left: yes, right: yes, conflict: false, told: "The address moves to the right in a second or two." }
        : {
            left: { reads: "maybe old", writes: "taken" },
            right: { reads: "maybe old", writes: "taken" },
            conflict: true,
            told: "Both hold the address, each for its own users. With state behind it this is a split brain.",
          };
    case "quorum-database":
      return lost
        ? { left: yes, right: yes, conflict: false, told: "Two of three copies are left: a majority. It goes on." }
        : {
            left: yes,
            right: no,
            conflict: false,
            told: "The left has two of three and goes on. The right cannot know what is new, so it refuses reads, too. (Many databases give old answers there when asked to. That is then not consistent.)",
          };
    case "eventual":
      return lost
        ? {
            left: { reads: "maybe old", writes: "taken" },
            right: { reads: "maybe old", writes: "taken" },
            conflict: false,
            told: "The other copy serves everybody; the newest writes may be missing for now.",
          }
        : {
            left: { reads: "maybe old", writes: "taken" },
            right: { reads: "maybe old", writes: "taken" },
            conflict: true,
            told: "Both take writes: available, not consistent. The merge needs a rule for every conflict.",
          };
  }
}

/**
 * Which two letters of CAP a design has in a partition: available when every side answers, consistent when no side
 * answers with what may be old.
 */
export function capOf(design: Design): "CP" | "AP" {
  const { left, right } = judgeDesign(design, "partition");
  return [left, right].every(({ reads }) => reads !== "refused") ? "AP" : "CP";
}
