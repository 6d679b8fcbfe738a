/**
 * A saved lab in lines of JSON: what all nodes share, then each node, then each node's bulky parts.
 *
 * One JSON text would do. But a string of some 100 KiB gets memory of its own from the system, page by page, and that
 * takes four times as long as parsing it; a line fits where the last one was.
 */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import type { LabState } from "../cluster/state.ts";
import { writeWhole } from "./whole-file.ts";

export interface Snapshot {
  /** The last input that is part of it. */
  inputNumber: number;
  lab: LabState;
}

/** The first line of the file; saves of older versions are this line alone, with the nodes in it. */
interface Head {
  inputNumber: number;
  lab: { nodes: Record<string, unknown> };
}

/** A further line: a node, or a part of a node that stands in an earlier line. */
type NodeLine = [node: string, value: unknown] | [node: string, part: string, value: unknown];

/** What a node's length is made of: three quarters of it, and what grows. */
const BULKY = ["journal", "files", "pmxcfs"] as const satisfies (keyof LabState["nodes"][string])[];

/** The place of each stays taken, so that a lab that was saved has its keys in the order that it had. */
const HELD_PLACES = Object.fromEntries(BULKY.map((part) => [part, null]));

const NEWLINE = 10;
/** A reader's memory is kept for the next one up to this size, bytes; it is the costly part of reading. */
const KEPT_BYTES_MAX = 4 * 1024 * 1024;
let kept: Buffer = Buffer.alloc(0);

/** Replace the file, whole or not at all. @param options.durable see `writeWhole` */
export function writeSnapshot(path: string, snapshot: Snapshot, options: { durable?: boolean }): void {
  writeWhole(path, linesOf(snapshot), options);
}

function* linesOf(snapshot: Snapshot): Generator<string> {
  for (const value of partsOf(snapshot)) yield `${JSON.stringify(value)}\n`;
}

function* partsOf({ inputNumber, lab }: Snapshot): Generator<object> {
  const nodes = Object.fromEntries(Object.keys(lab.nodes).map((node) => [node, null]));
  yield { inputNumber, lab: { ...lab, nodes } };
  for (const [name, node] of Object.entries(lab.nodes)) {
    yield [name, { ...node, ...HELD_PLACES }] satisfies NodeLine;
    for (const part of BULKY) yield [name, part, node[part]] satisfies NodeLine;
  }
}

/**
 * What a file holds, of this version or an older one.
 *
 * @returns the lab as it was saved, in the format of its day
 * @throws Error when the file is missing or no snapshot
 */
export function readSnapshot(path: string): { inputNumber: number; lab: unknown } {
  const lines = parsedLines(path);
  const head = lines.next().value as Head;
  const { nodes } = head.lab;
  for (const line of lines as Iterable<NodeLine>) {
    if (line.length === 2) nodes[line[0]] = line[1];
    else (nodes[line[0]] as Record<string, unknown>)[line[1]] = line[2];
  }
  for (const node of Object.values(nodes) as (Record<string, unknown> | null)[]) {
    if (!node || BULKY.some((part) => node[part] === null)) throw new Error("the file ends before the last node");
  }
  return head;
}

function* parsedLines(path: string): Generator<unknown> {
  const file = openSync(path, "r");
  let length: number;
  let bytes: Buffer;
  try {
    length = fstatSync(file).size;
    bytes = kept.length >= length ? kept : Buffer.allocUnsafeSlow(length);
    length = readSync(file, bytes, 0, length, 0);
  } finally {
    closeSync(file);
  }
  if (bytes.length <= KEPT_BYTES_MAX) kept = bytes;
  for (let start = 0; start < length; ) {
    const newline = bytes.indexOf(NEWLINE, start);
    const end = newline < 0 || newline > length ? length : newline;
    yield JSON.parse(bytes.toString("utf8", start, end));
    start = end + 1;
  }
}
