/** What the doctor found at a node: data, so that a page and a command show the same. */

export type Health = "good" | "look" | "wrong" | "unknown";

/** The things that are looked at, in the order of the table. */
export const SUBJECTS = [
  "ssh",
  "hostKey",
  "api",
  "certificate",
  "version",
  "rights",
  "clock",
  "hostname",
  "ports",
  "sameVersion",
  "sameCpu",
  "memory",
  "disk",
  "leftovers",
] as const;
export type Subject = (typeof SUBJECTS)[number];

export interface Finding {
  subject: Subject;
  health: Health;
  /** What was seen, in a few words. */
  seen: string;
  /** The next move; absent where all is well. */
  next?: string;
}

export interface NodeReport {
  seat: string;
  node: string;
  host: string;
  findings: Finding[];
  /** Trusted on first use in this run; kept when the instructor asked for it. */
  learnt?: { hostKeySha256?: string; certSha256?: string };
  tookMs: number;
}

export const SUBJECT_TITLES: Record<Subject, string> = {
  ssh: "reachable over SSH",
  hostKey: "host key",
  api: "API answers",
  certificate: "certificate",
  version: "Proxmox VE",
  rights: "rights of the account",
  clock: "clock",
  hostname: "own name",
  ports: "ports between nodes",
  sameVersion: "same version",
  sameCpu: "same CPU vendor",
  memory: "free memory",
  disk: "free disk",
  leftovers: "old cluster",
};

/** The worst of a report. */
export function worstOf(findings: readonly Finding[]): Health {
  for (const health of ["wrong", "unknown", "look"] as const) {
    if (findings.some((finding) => finding.health === health)) return health;
  }
  return "good";
}
