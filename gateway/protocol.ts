/**
 * What the browser and the gateway say to each other over Socket.IO. No imports but of types: both sides load it.
 *
 * The shapes that arrive from a browser are checked by the schemas in `messages.ts`; every request is answered through
 * its acknowledgement with a `Reply`. Terminal bytes travel as binary frames (`frames.ts`) with the session's id and the
 * byte offset, so that the same frames can move to a socket of their own.
 */
import type { LabPicture } from "../labs/lab-picture.ts";

/** A page that speaks another version is asked to reload; its shells wait for it. */
export const PROTOCOL_VERSION = 1;

/** Path of the Socket.IO endpoint. */
export const SOCKET_PATH = "/socket.io";

/**
 * A WebSocket of its own for terminal bytes and keys, beside Socket.IO, which costs half a millisecond a key.
 *
 * The page makes up a key, says it when it connects to Socket.IO (`auth.stream`) and as the first message here; the gateway
 * answers with an empty message once both belong together. Where it cannot be had, everything goes over Socket.IO.
 */
export const STREAM_PATH = "/terminal-stream";

/** A chapter on screen is watched for this long after each `chapter:watch`; the page renews it at 20 s. */
export const WATCH_LEASE_MS = 60_000;
export const WATCH_RENEW_MS = 20_000;

/** Never smaller than what a full-screen program can live with, never larger than a wall of screens. */
export const TERMINAL_SIZE = { columnsMin: 20, columnsMax: 500, rowsMin: 4, rowsMax: 200 } as const;

/** Lines above the screen that the browser keeps. */
export const SCROLLBACK_LINES = 10_000;

/** UTF-16 units in one input message: a larger paste is cut by the page into several, each acknowledged. */
export const INPUT_CHARACTERS_MAX = 16 * 1024;

/** More is no exercise file, and would fill a node's disk in a class of thirty. */
export const FILE_BYTES_MAX = 256 * 1024 * 1024;

/** A sentence as data; `words.ts` has the English. */
export interface Message {
  id: string;
  values?: Record<string, string | number | string[]>;
}

/** Why a request was not done. `retry` says whether the same request may succeed later by itself. */
export interface Refusal {
  code: "malformed" | "not-allowed" | "not-found" | "limit" | "unavailable" | "outdated" | "failed";
  message: Message;
  retry: boolean;
}

export type Reply<T> = ({ ok: true } & T) | { ok: false; refusal: Refusal };

// ---------------------------------------------------------------- terminals

/** What the learner is told about the way from the gateway to the node. */
export type TerminalState =
  | { kind: "connecting" }
  | { kind: "connected" }
  /** The shell is gone; a new one is tried in `inMs`, or at once by `terminal:open`. */
  | { kind: "reconnecting"; reason: Message; inMs: number; attempt: number }
  /** Nothing more is tried by itself; `terminal:open` starts a new shell. */
  | { kind: "ended"; reason: Message };

/** Open the shell of this person on this node, or attach to the one already there (another tab, another device). */
export interface OpenTerminal {
  labId: string;
  node: string;
  columns: number;
  rows: number;
  /** Several shells on one node: "1" unless said otherwise. */
  slot?: string | undefined;
}

/** Come back to a session after the connection dropped. */
export interface AttachTerminal {
  sessionId: string;
  /** First byte not yet received by this page; 0 asks for the whole screen. */
  fromOffset: number;
  /** The writer this page had, so that what it typed is delivered once. */
  writer?: string | undefined;
  columns: number;
  rows: number;
}

export interface TerminalAttached {
  sessionId: string;
  /** Names the one who types: sequence numbers of input count within it. */
  writer: string;
  /** Highest input sequence number of this writer that has been forwarded; 0 for a new writer. */
  acceptedSeq: number;
  state: TerminalState;
  columns: number;
  rows: number;
  /** `bytes`: what was missed follows from `fromOffset`; `screen`: the whole screen follows first. */
  resumed: "bytes" | "screen";
  /** What this terminal prints is being recorded. */
  recorded: boolean;
}

export interface TerminalInput {
  sessionId: string;
  writer: string;
  /** Counts from 1 without a gap. */
  seq: number;
  /** Text, or bytes where a program asked for mouse reports that are not text. */
  data: string | Uint8Array;
}

export interface InputAccepted {
  /** Everything up to here is done with. */
  acceptedSeq: number;
  /** False when there was no shell to give it to: it is dropped, because the next shell is not the one it was meant for. */
  delivered: boolean;
}

/** Parsed by the page up to `offset`; what the flow control counts. */
export interface AcknowledgeOutput {
  sessionId: string;
  offset: number;
}

export interface ResizeTerminal {
  sessionId: string;
  columns: number;
  rows: number;
}

/** `end` ends the shell; without it the page only looks away and the shell stays. */
export interface CloseTerminal {
  sessionId: string;
  end?: boolean | undefined;
}

// ---------------------------------------------------------------- files of a node (over HTTP)

export interface NodeFile {
  name: string;
  kind: "file" | "folder" | "link" | "other";
  bytes: number;
  /** Permission bits. */
  mode: number;
  modifiedAtMs: number;
}

/** `GET /gateway/files?lab=&node=&path=`; without a path the login's own folder. */
export interface FolderListing {
  /** Absolute. */
  path: string;
  entries: NodeFile[];
  /** False when there are more than told. */
  whole: boolean;
}

/** `PUT /gateway/file?lab=&node=&path=[&replace=yes]`. */
export interface FileWritten {
  path: string;
  bytes: number;
}

/** The body of a request over HTTP that was not done. */
export interface HttpRefusal {
  refusal: Refusal;
  /** In English, for where there are no words. */
  sentence: string;
}

// ---------------------------------------------------------------- watching and assisting

/** Look at somebody else's terminal. Answered when its owner has agreed, which may take a minute. */
export interface WatchTerminal {
  sessionId: string;
}

export type Consent = "nothing" | "watch" | "type";

/** The owner's answer, and any later change of mind. */
export interface ConsentToWatch {
  sessionId: string;
  watchId: string;
  allow: Consent;
}

/** Which host key does the node show, and who may accept it? */
export interface AskHostKey {
  labId: string;
  node: string;
}

/** Keys as `TrustHostKey` has them. */
export interface HostKeyFacts {
  /** What the lab knows. */
  known: string;
  /** What the node shows now. */
  shown: string;
  /** Whoever asked may accept it. */
  mayAccept: boolean;
  /** Names of those who teach the class that the lab belongs to: whom to ask. */
  teachers: string[];
}

/** A node shows another host key; the one who teaches has compared it on the node itself, and says what it is. */
export interface TrustHostKey {
  labId: string;
  node: string;
  /** `SHA256:` and base64, as the terminal and `ssh-keygen -lf` print it. */
  hostKeySha256: string;
}

/** One who asks to look at this terminal, looks, or types as well. */
export interface Watcher {
  watchId: string;
  name: string;
  state: "asking" | "watching" | "typing";
}

// ---------------------------------------------------------------- recordings

/** What holds for this person's terminals on a lab. */
export interface RecordingState {
  /** The class that decided it; absent outside of one, where nothing is recorded. */
  className?: string | undefined;
  /** The class records. */
  on: boolean;
  /** The person switched it off for their own terminals. */
  off: boolean;
  /** Days after its end that a recording is kept. */
  keptDays: number;
}

export interface SwitchRecording {
  labId: string;
  off: boolean;
}

/** `GET /gateway/recordings?lab=` (one's own) or `?class=` (for who teaches it): newest first. */
export interface RecordingListed {
  id: string;
  labId: string;
  classId: string;
  personId: string;
  /** The person's, in the class. */
  name: string;
  node: string;
  slot: string;
  startedAtMs: number;
  /** Absent while it goes on. */
  endedAtMs?: number | undefined;
  durationMs?: number | undefined;
  bytes?: number | undefined;
}

/** `GET /gateway/recordings/:id`. */
export interface RecordingDetails extends RecordingListed {
  columns: number;
  rows: number;
  durationMs: number;
  /** Where `GET /gateway/recordings/:id/cast?from=` begins exactly, in milliseconds. */
  keyframesMs: number[];
}

// ---------------------------------------------------------------- chapters and checks

/** `course/chapter` of a lab, on screen now. */
export interface WatchChapter {
  labId: string;
  /** `vm-migration-and-clustering/create-a-cluster`. */
  chapter: string;
}

export interface RequestCheck extends WatchChapter {
  /** The step whose button was pressed; one observation judges every step. */
  step?: string | undefined;
}

/** The shape of `grader/verdict.ts`, as the page gets it. */
export interface CheckResult {
  /** `course/chapter/step/check`. */
  key: string;
  outcome: "passed" | "not-yet" | "could-not-check";
  message: Message;
  seen?: Message | undefined;
  expected?: Message | undefined;
  next?: Message | undefined;
  evidence: { node?: string | undefined; source: string; value: string | number | boolean | null }[];
  weight: number;
  /** Milliseconds since 1970 UTC: judged last, and since when it has been so. */
  judgedAtMs: number;
  sinceMs: number;
}

/** A step as it stands: a pass is kept for good (`passedAtMs`) beside whether it is still true now. Steps never judged are absent. */
export interface StepProgress {
  step: string;
  passedAtMs?: number | undefined;
  checks: CheckResult[];
}

export interface ChapterProgress extends WatchChapter {
  steps: StepProgress[];
  /** The grader is looking at this lab at this moment. */
  looking: boolean;
  /** A pressed Check waits until the lab's nodes may be asked again: milliseconds from now. */
  turnInMs?: number;
}

// ---------------------------------------------------------------- the lab's surroundings

export interface LabRequest {
  labId: string;
}

export interface Surroundings {
  nodes: { name: string; power: "on" | "off" | "hung" }[];
  links: { between: [string, string]; network: string; up: boolean; latencyMs: number; lossPercent: number }[];
  /** Whether the nodes' watchdog devices reset a node; absent where they cannot be taken away. */
  watchdog?: boolean | undefined;
  /** Storage servers that can be switched off or cut off; absent where there are none. */
  storage?: { address: string; up: boolean; cutFrom: string[] }[] | undefined;
}

export type LabFault =
  /** Whether the nodes' watchdog devices reset a node that lost its lock. */
  | { kind: "watchdog"; present: boolean }
  /** The storage server on or off, or one node's way to it. */
  | { kind: "storage"; address: string; up: boolean }
  | { kind: "storage"; address: string; node: string; cut: boolean }
  | { kind: "power"; node: string; state: "on" | "off" | "hung" }
  | {
      kind: "link";
      between: [string, string];
      network?: string | undefined;
      direction?: "both" | "forward" | undefined;
      up?: boolean | undefined;
      latencyMs?: number | undefined;
      lossPercent?: number | undefined;
    };

export interface ApplyFault extends LabRequest {
  fault: LabFault;
}

export interface FaultApplied {
  /** By the command of the instructor's side that did it, where there is one. */
  printed?: string | undefined;
}

export interface WatchPicture extends LabRequest {
  /** No longer on screen. */
  end?: boolean | undefined;
}

/** What the page may offer of a lab's surroundings. */
export type LabControl = "power" | "cables" | "watchdog" | "storage";

export interface LabPictureReply {
  /** Absent before the first look; the chapter's watch makes the grader look. */
  picture?: LabPicture | undefined;
  /** Since it was taken, by the server's clock. */
  ageMs?: number | undefined;
  /** What this person may change. */
  controls: LabControl[];
  /** Power and cables can be asked for with `lab:surroundings`. */
  surroundings: boolean;
}

// ---------------------------------------------------------------- the board of a class

export interface WatchClass {
  classId: string;
}

/** One student, one step; steps that were never judged are absent. */
export interface BoardCell {
  /** `chapter/step`. */
  step: string;
  /** `working`: the student is at it now, and it has not been the same for long. */
  state: "passed" | "working" | "not-yet" | "could-not-check";
  reason?: Message;
  /** An instructor waived the step, and said why. */
  waivedFor?: string;
  /** Milliseconds since 1970 UTC: passed then, or like this since. */
  sinceMs: number;
  /** The same reason for long, or at the step for longer without a sign, and nothing passed meanwhile. */
  stuck: boolean;
}

export interface BoardStudent {
  id: string;
  name: string;
  seat: string;
  /** Shares the lab with the others of this group. */
  group?: string;
  /** Has opened a chapter. */
  seen: boolean;
  /** Has a chapter on screen now. */
  present: boolean;
  cells: BoardCell[];
}

/** A student who waits for an instructor. */
export interface HelpEntry {
  id: string;
  student: { id: string; name: string; seat: string };
  /** `chapter/step` that was on screen. */
  step?: string | undefined;
  note?: string | undefined;
  askedAtMs: number;
  /** The instructor who is on the way. */
  claimedBy?: string | undefined;
}

/** To one student or, without `to`, to the class. */
export interface SayToClass extends WatchClass {
  to?: string | undefined;
  text: string;
}

export interface AnswerHelp extends WatchClass {
  helpId: string;
}

export interface ClassHelp extends WatchClass {
  /** Longest waiting first. */
  help: HelpEntry[];
}

export interface ClassBoard extends WatchClass {
  /** Every student, or only those whose standing may have changed. */
  whole: boolean;
  students: BoardStudent[];
}

// ---------------------------------------------------------------- a class, as its students see it

export const HELP_NOTE_CHARACTERS_MAX = 300;
export const CLASS_MESSAGE_CHARACTERS_MAX = 1_000;

export interface AskHelp extends WatchClass {
  /** `chapter/step` on screen. */
  step?: string | undefined;
  note?: string | undefined;
}

export interface RoomMessage {
  id: string;
  from: string;
  text: string;
  sentAtMs: number;
  /** To this student alone. */
  private: boolean;
}

export interface ClassRoom extends WatchClass {
  /** The student's own request. */
  help?: { askedAtMs: number; note?: string | undefined; claimedBy?: string | undefined; ahead: number } | undefined;
  /** Of the last day, newest first. */
  messages: RoomMessage[];
}

// ---------------------------------------------------------------- the two directions

type Answer<T> = (reply: Reply<T>) => void;
type Empty = Record<never, never>;

export interface FromBrowser {
  "terminal:open": (request: OpenTerminal, answer: Answer<TerminalAttached>) => void;
  "terminal:attach": (request: AttachTerminal, answer: Answer<TerminalAttached>) => void;
  "terminal:input": (request: TerminalInput, answer: Answer<InputAccepted>) => void;
  "terminal:ack": (request: AcknowledgeOutput) => void;
  "terminal:resize": (request: ResizeTerminal, answer: Answer<Empty>) => void;
  "terminal:close": (request: CloseTerminal, answer: Answer<Empty>) => void;
  "terminal:watch": (request: WatchTerminal, answer: Answer<TerminalAttached>) => void;
  /** Asks the node itself, which takes up to 10 s when it is silent. */
  "terminal:host-key": (request: AskHostKey, answer: Answer<HostKeyFacts>) => void;
  /** Done only when the node shows exactly this key now. */
  "terminal:trust-host-key": (request: TrustHostKey, answer: Answer<Empty>) => void;
  "terminal:consent": (request: ConsentToWatch, answer: Answer<Empty>) => void;
  "recording:state": (request: LabRequest, answer: Answer<RecordingState>) => void;
  /** Off ends what is being recorded at once; on begins anew. */
  "recording:switch": (request: SwitchRecording, answer: Answer<RecordingState>) => void;
  /** The same switch for whoever has just joined and has no lab yet: off. */
  "recording:decline": (request: WatchClass, answer: Answer<Empty>) => void;
  "chapter:watch": (request: WatchChapter, answer: Answer<ChapterProgress>) => void;
  "chapter:unwatch": (request: WatchChapter, answer: Answer<Empty>) => void;
  "chapter:check": (request: RequestCheck, answer: Answer<Empty>) => void;
  "class:watch": (request: WatchClass, answer: Answer<ClassBoard & ClassHelp>) => void;
  "class:say": (request: SayToClass, answer: Answer<Empty>) => void;
  "help:ask": (request: AskHelp, answer: Answer<Empty>) => void;
  "help:withdraw": (request: WatchClass, answer: Answer<Empty>) => void;
  "help:claim": (request: AnswerHelp, answer: Answer<Empty>) => void;
  "help:resolve": (request: AnswerHelp, answer: Answer<Empty>) => void;
  /** A student's own request and what is said, now and after each change, until the connection ends. */
  "room:watch": (request: WatchClass, answer: Answer<ClassRoom>) => void;
  "class:unwatch": (request: WatchClass, answer: Answer<Empty>) => void;
  "lab:surroundings": (request: LabRequest, answer: Answer<{ surroundings: Surroundings }>) => void;
  "lab:fault": (request: ApplyFault, answer: Answer<FaultApplied>) => void;
  /** The lab as its nodes tell it, now and whenever it changes, until the connection ends or the same event with `end`. */
  "lab:picture": (request: WatchPicture, answer: Answer<LabPictureReply>) => void;
}

export interface FromGateway {
  /** A binary frame: see `frames.ts`. */
  "terminal:output": (frame: Uint8Array) => void;
  "terminal:state": (event: { sessionId: string; state: TerminalState }) => void;
  /** What this terminal prints is being recorded, or not any more. */
  "terminal:recorded": (event: { sessionId: string; recorded: boolean }) => void;
  /** Another browser on the same shell set the size; this one shows it letter-boxed. */
  "terminal:size": (event: { sessionId: string; columns: number; rows: number }) => void;
  /** To the owner's pages: everyone who looks or asks to, after each change. */
  "terminal:watchers": (event: { sessionId: string; watchers: Watcher[] }) => void;
  /** To a watcher: whether they may type now. */
  "terminal:may-type": (event: { sessionId: string; mayType: boolean }) => void;
  /** To a watcher: the owner ended it, or the terminal did. */
  "terminal:watch-ended": (event: { sessionId: string }) => void;
  /** The chapter as it stands now, after anything in it changed. */
  "chapter:progress": (event: ChapterProgress) => void;
  /** Students of a board on screen, after anything about them changed. */
  "class:board": (event: ClassBoard) => void;
  /** To boards: everybody who waits, after each change. */
  "class:help": (event: ClassHelp) => void;
  "room:state": (event: ClassRoom) => void;
  "lab:surroundings": (event: LabRequest & { surroundings: Surroundings }) => void;
  "lab:picture": (event: LabRequest & { picture: LabPicture }) => void;
}

/** Every event a browser may send. A test asks `may()`'s table for a rule for each of them. */
export const socketEvents = [
  "terminal:open",
  "terminal:attach",
  "terminal:input",
  "terminal:ack",
  "terminal:resize",
  "terminal:close",
  "terminal:watch",
  "terminal:host-key",
  "terminal:trust-host-key",
  "terminal:consent",
  "recording:state",
  "recording:switch",
  "recording:decline",
  "chapter:watch",
  "chapter:unwatch",
  "chapter:check",
  "class:watch",
  "class:unwatch",
  "class:say",
  "help:ask",
  "help:withdraw",
  "help:claim",
  "help:resolve",
  "room:watch",
  "lab:surroundings",
  "lab:fault",
  "lab:picture",
] as const satisfies readonly (keyof FromBrowser)[];

export type SocketEvent = (typeof socketEvents)[number];
