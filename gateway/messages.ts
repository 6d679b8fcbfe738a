/**
 * Schemas of what a browser sends. Strict: an unknown field is refused, because a message that half fits is a page of
 * another version or somebody probing.
 */
import { z } from "zod";
import type {
  AcknowledgeOutput,
  AnswerHelp,
  ApplyFault,
  AskHelp,
  AskHostKey,
  AttachTerminal,
  CloseTerminal,
  ConsentToWatch,
  FromBrowser,
  LabFault,
  LabRequest,
  OpenTerminal,
  RequestCheck,
  ResizeTerminal,
  SayToClass,
  SocketEvent,
  SwitchRecording,
  TerminalInput,
  TrustHostKey,
  WatchChapter,
  WatchClass,
  WatchPicture,
  WatchTerminal,
} from "./protocol.ts";
import {
  CLASS_MESSAGE_CHARACTERS_MAX,
  HELP_NOTE_CHARACTERS_MAX,
  INPUT_CHARACTERS_MAX,
  TERMINAL_SIZE,
} from "./protocol.ts";

/** Ids of ours are short; a bound keeps a megabyte out of the logs. */
const id = z.string().min(1).max(200);
const name = z.string().min(1).max(63);
const offset = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
/** A size outside the range is brought into it, not refused: a window can be 3 pixels wide for a moment. */
const columns = z
  .number()
  .int()
  .transform((value) => Math.min(Math.max(value, TERMINAL_SIZE.columnsMin), TERMINAL_SIZE.columnsMax));
const rows = z
  .number()
  .int()
  .transform((value) => Math.min(Math.max(value, TERMINAL_SIZE.rowsMin), TERMINAL_SIZE.rowsMax));

const openTerminal = z.strictObject({
  labId: id,
  node: name,
  columns,
  rows,
  slot: z
    .string()
    .regex(/^[a-z0-9-]{1,16}$/)
    .optional(),
}) satisfies z.ZodType<OpenTerminal>;

const attachTerminal = z.strictObject({
  sessionId: id,
  fromOffset: offset,
  writer: id.optional(),
  columns,
  rows,
}) satisfies z.ZodType<AttachTerminal>;

const terminalInput = z.strictObject({
  sessionId: id,
  writer: id,
  seq: z.number().int().min(1).max(Number.MAX_SAFE_INTEGER),
  data: z.union([
    z.string().max(INPUT_CHARACTERS_MAX),
    z.instanceof(Uint8Array).refine((bytes) => bytes.length <= INPUT_CHARACTERS_MAX, "too many bytes"),
  ]),
}) satisfies z.ZodType<TerminalInput>;

const acknowledgeOutput = z.strictObject({ sessionId: id, offset }) satisfies z.ZodType<AcknowledgeOutput>;
const resizeTerminal = z.strictObject({ sessionId: id, columns, rows }) satisfies z.ZodType<ResizeTerminal>;
const closeTerminal = z.strictObject({
  sessionId: id,
  end: z.boolean().optional(),
}) satisfies z.ZodType<CloseTerminal>;

const watchTerminal = z.strictObject({ sessionId: id }) satisfies z.ZodType<WatchTerminal>;
const askHostKey = z.strictObject({ labId: id, node: name }) satisfies z.ZodType<AskHostKey>;
const trustHostKey = z.strictObject({
  labId: id,
  node: name,
  hostKeySha256: z.string().regex(/^SHA256:[A-Za-z0-9+/]{43}$/),
}) satisfies z.ZodType<TrustHostKey>;
const consentToWatch = z.strictObject({
  sessionId: id,
  watchId: id,
  allow: z.enum(["nothing", "watch", "type"]),
}) satisfies z.ZodType<ConsentToWatch>;

const chapter = z.string().regex(/^[a-z0-9-]{1,80}\/[a-z0-9-]{1,80}$/, "not course/chapter");
const watchChapter = z.strictObject({ labId: id, chapter }) satisfies z.ZodType<WatchChapter>;
const requestCheck = z.strictObject({
  labId: id,
  chapter,
  step: z
    .string()
    .regex(/^[a-z0-9-]{1,80}$/)
    .optional(),
}) satisfies z.ZodType<RequestCheck>;

const watchClass = z.strictObject({ classId: id }) satisfies z.ZodType<WatchClass>;
/** Said by people: trimmed, not empty, and without control characters but line ends. */
const said = (most: number) =>
  z
    .string()
    .max(4 * most)
    .transform((text) => text.replace(/(?!\n)\p{Cc}/gu, "").trim())
    .pipe(z.string().min(1, "nothing said").max(most, `at most ${most} characters`));
const sayToClass = z.strictObject({
  classId: id,
  to: id.optional(),
  text: said(CLASS_MESSAGE_CHARACTERS_MAX),
}) satisfies z.ZodType<SayToClass>;
const askHelp = z.strictObject({
  classId: id,
  step: chapter.optional(),
  note: said(HELP_NOTE_CHARACTERS_MAX).optional(),
}) satisfies z.ZodType<AskHelp>;
const answerHelp = z.strictObject({ classId: id, helpId: id }) satisfies z.ZodType<AnswerHelp>;
const labRequest = z.strictObject({ labId: id }) satisfies z.ZodType<LabRequest>;
const switchRecording = z.strictObject({ labId: id, off: z.boolean() }) satisfies z.ZodType<SwitchRecording>;
const watchPicture = z.strictObject({ labId: id, end: z.boolean().optional() }) satisfies z.ZodType<WatchPicture>;
const labFault = z.union([
  z.strictObject({ kind: z.literal("watchdog"), present: z.boolean() }),
  z.strictObject({ kind: z.literal("storage"), address: z.ipv4(), up: z.boolean() }),
  z.strictObject({ kind: z.literal("storage"), address: z.ipv4(), node: name, cut: z.boolean() }),
  z.strictObject({ kind: z.literal("power"), node: name, state: z.enum(["on", "off", "hung"]) }),
  z.strictObject({
    kind: z.literal("link"),
    between: z.tuple([name, name]),
    network: name.optional(),
    direction: z.enum(["both", "forward"]).optional(),
    up: z.boolean().optional(),
    latencyMs: z.number().min(0).max(10_000).optional(),
    lossPercent: z.number().min(0).max(100).optional(),
  }),
]) satisfies z.ZodType<LabFault>;
const applyFault = z.strictObject({ labId: id, fault: labFault }) satisfies z.ZodType<ApplyFault>;

export const browserMessages = {
  "terminal:open": openTerminal,
  "terminal:attach": attachTerminal,
  "terminal:input": terminalInput,
  "terminal:ack": acknowledgeOutput,
  "terminal:resize": resizeTerminal,
  "terminal:close": closeTerminal,
  "terminal:watch": watchTerminal,
  "terminal:host-key": askHostKey,
  "terminal:trust-host-key": trustHostKey,
  "terminal:consent": consentToWatch,
  "recording:state": labRequest,
  "recording:switch": switchRecording,
  "recording:decline": watchClass,
  "chapter:watch": watchChapter,
  "chapter:unwatch": watchChapter,
  "chapter:check": requestCheck,
  "class:watch": watchClass,
  "class:unwatch": watchClass,
  "class:say": sayToClass,
  "help:ask": askHelp,
  "help:withdraw": watchClass,
  "help:claim": answerHelp,
  "help:resolve": answerHelp,
  "room:watch": watchClass,
  "lab:surroundings": labRequest,
  "lab:fault": applyFault,
  "lab:picture": watchPicture,
} satisfies { [E in SocketEvent]: z.ZodType<Parameters<FromBrowser[E]>[0]> };
