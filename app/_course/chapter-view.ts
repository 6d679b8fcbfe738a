/** What a chapter's page hands to the browser: plain data, made by `page.tsx`. */
import type { StepProgress } from "../../gateway/protocol.ts";

export interface ChapterLink {
  href: string;
  number: number;
  title: string;
  /** Of the title. */
  language: string;
}

export interface ChapterView {
  courseId: string;
  courseTitle: string;
  chapterId: string;
  number: number;
  title: string;
  /** Address of the page, without a place in it. */
  href: string;
  /** Of the text on screen. */
  language: string;
  /** Those that can be chosen: of the interface, and of this chapter's texts. */
  languages: string[];
  aim: string;
  minutes: number;
  steps: { id: string; title: string; checks: string[] }[];
  previous: ChapterLink | undefined;
  next: ChapterLink | undefined;
  /** The learner's own values by the name that the text uses, such as `clusterName`, `password.pve1` and `address.pve1`. */
  values: Record<string, string>;
  nodes: string[];
  /** The nodes' own web interfaces, of those that the learner's browser can reach. */
  webInterfaces: { node: string; href: string }[];
  /** Absent when the lab cannot be had now; `labTrouble` then says why and what to do. */
  labId: string | undefined;
  labTrouble: string | undefined;
  /** What the chapter's lab begins with, as `a cluster of three nodes`; undefined for fresh, separate nodes. */
  stage: { title: string; language: string } | undefined;
  /** The lab can be put into another state. */
  canChangeState: boolean;
  /** The lab's picture will have cables that can be pulled and switches: room is kept for them until they are here. */
  canPullCables: boolean;
  /** One node of the lab can be put into another state while the others stay. */
  canResetNode: boolean;
  /** Capabilities that the chapter asks for and the lab lacks: its steps are done by hand. */
  missing: string[];
  /** Where the lab cannot be put into the chapter's beginning: what to type for it, in order; empty for fresh nodes. */
  stageByHand: { node: string; command: string }[] | undefined;
  /** What the learner must know about the lab's saved state. */
  labNotice: { kind: "fresh" | "inputs-lost"; atMs: number } | undefined;
  /** States of the lab that can be returned to, newest first; `language` where it is not the page's. */
  restorePoints: { id: string; label: string; language: string | undefined; keptAtMs: number }[];
  /** As stored when the page was made; the gateway sends what changes. */
  progress: StepProgress[];
  /** How the learner stands in the exercise that this chapter is; undefined for every other chapter. */
  exercise:
    | { begunAtMs: number | undefined; timesBegun: number; score: number; tookMs: number | undefined }
    | undefined;
  /** Ids of opened hints, `STEP/hint-LEVEL`. */
  hintsOpened: string[];
  /** The newest answer to each question of the text, by its id. */
  answers: Record<
    string,
    { given: { choices: number[] } | { number: number }; outcome: "right" | "wrong" | "recorded" }
  >;
  /** Cards of the glossary, by id. */
  terms: Record<string, { term: string; text: string; language: string; chapter: ChapterLink | undefined }>;
  /** The step that was on screen when the learner left. */
  place: string | undefined;
}
