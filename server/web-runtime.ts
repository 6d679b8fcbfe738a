/**
 * What pages and route handlers get from the process they run in.
 *
 * `server/processes/web.ts` sets it before Next answers its first request. It lives on `globalThis`, because Next
 * compiles its own copy of every module; `app/` reads it with `webRuntime()` and creates nothing of the kind itself.
 */
import type { Person } from "../classroom/person.ts";
import type { CompletionRecord } from "../classroom/record/completion-record.ts";
import type { SignedRecord } from "../classroom/record/record-signature.ts";
import type { ChapterStart } from "../content/pipeline/chapter-start.ts";
import type { Courses } from "../content/pipeline/courses.ts";
import type { Class } from "../database/classes.ts";
import type { Database } from "../database/database.ts";
import type { NodeReport } from "../labs/doctor/findings.ts";
import type { Labs } from "../labs/labs.ts";
import type { DryRunFinding } from "./dry-run.ts";

export interface WebRuntime {
  /** Self-paced: whoever opens the page is the local learner. Shared: people sign in. */
  mode: "self-paced" | "shared";
  database: Database;
  labs: Labs;
  inventories: InventoryDesk;
  /** The courses, compiled: `courseLoader` of `content/pipeline/courses.ts`, called once by the web process. */
  courses: () => Promise<Courses>;
  /** The state in which a chapter's lab begins, by `course/chapter`. */
  chapterStart(key: string): Promise<ChapterStart | undefined>;
  /** What is missing before a class begins; `address` is the one that its students are shown. */
  dryRun(found: Class, address: string, told: (at: string) => void): Promise<DryRunFinding[]>;
  /** What the provider of single sign-on is called; undefined where there is none. */
  singleSignOn: string | undefined;
  /** What signs completion records. */
  records: RecordSigner;
  /** Who asks; undefined for a visitor who is not signed in (shared mode only). */
  identify(headers: Headers): Promise<Person | undefined>;
  /** Answers `/api/auth/*` (better-auth); in self-paced mode a 404. */
  authenticate(request: Request): Promise<Response>;
}

export interface RecordSigner {
  sign(record: CompletionRecord): SignedRecord;
  publicPem: string;
  fingerprint: string;
  /** Release and grader of this installation. */
  quorate: string;
}

/** What is done with inventories that needs their secrets; those never leave the web process. */
export interface InventoryDesk {
  /** Check, seal and keep one. @returns its name, or every wrong place in it, a line each */
  keep(yaml: string): Promise<{ name: string } | { problems: readonly string[] }>;
  /**
   * Look at every node of it; `trust` also keeps host keys that nobody has trusted yet.
   *
   * @param told of each node as it is done, of how many
   * @returns undefined when there is no such inventory
   */
  examine(
    name: string,
    trust: boolean,
    told: (done: number, of: number, report: NodeReport) => void,
  ): Promise<NodeReport[] | undefined>;
}

const place = Symbol.for("quorate.web-runtime");

/** @throws Error when Next was not started by Quorate's own web process */
export function webRuntime(): WebRuntime {
  const runtime = (globalThis as { [place]?: WebRuntime })[place];
  if (!runtime) throw new Error("The pages run inside `npm start`; Next was started without Quorate's web process.");
  return runtime;
}

/** Called once, by the web process. */
export function setWebRuntime(runtime: WebRuntime): void {
  (globalThis as { [place]?: WebRuntime })[place] = runtime;
}
