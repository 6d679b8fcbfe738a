/**
 * `npm run verify-record -- FILE --key PUB`: whether a completion record is what an installation signed.
 *
 * FILE is the record as it was downloaded, PUB the installation's public key in PEM. It needs neither server nor data.
 * Exit 0: good. 1: changed after it was signed. 2: signed with another key. 3: a file cannot be read or is none.
 */
import type { KeyObject } from "node:crypto";
import { readFile } from "node:fs/promises";
import { duration, percent } from "../app/_course/exercise-words.ts";
import { english, wordsOf } from "../app/_words/catalogue.ts";
import type { CompletionRecord } from "../classroom/record/completion-record.ts";
import { fingerprintOf, readPublicKey, verifyRecord } from "../classroom/record/record-signature.ts";
import { readArguments } from "./command-line.ts";
import { StartRefused } from "./start-refused.ts";

const USAGE = "Usage: npm run verify-record -- FILE --key PUB";
/** A record is a few ten thousand bytes; what is much larger is something else. */
const FILE_BYTES_MAX = 5_000_000;

/** @returns the exit status; what is to be said goes to `say` */
export async function verifyRecordCommand(args: string[], say: (line: string) => void): Promise<0 | 1 | 2 | 3> {
  let parsed: { values: { key?: string | undefined }; positionals: string[] };
  try {
    parsed = readArguments(USAGE, { key: { type: "string" } }, args);
  } catch (error) {
    if (!(error instanceof StartRefused)) throw error;
    say(error.message);
    return 3;
  }
  const { values, positionals } = parsed;
  const [file] = positionals;
  if (file === undefined || positionals.length > 1 || values.key === undefined) {
    say(USAGE);
    return 3;
  }
  let key: KeyObject;
  try {
    key = readPublicKey(await readFile(values.key, "utf8"));
  } catch (error) {
    say(`UNREADABLE: ${values.key} is no public key of an installation (${reasonOf(error)}).`);
    say("It is downloaded under The public key on the page of a record, and begins with -----BEGIN PUBLIC KEY-----.");
    return 3;
  }
  let text: string;
  try {
    const bytes = await readFile(file);
    if (bytes.length > FILE_BYTES_MAX) throw new Error("it is far too large");
    text = bytes.toString("utf8");
  } catch (error) {
    say(`UNREADABLE: ${file} cannot be read (${reasonOf(error)}).`);
    return 3;
  }
  const found = verifyRecord(text, key);
  switch (found.kind) {
    case "good":
      for (const line of goodLines(found.record)) say(line);
      return 0;
    case "changed":
      say(`CHANGED: ${file} is not what was signed. Somebody changed it, or it was damaged on its way.`);
      say("Ask for the file again, from the installation itself.");
      return 1;
    case "other-key":
      say(`ANOTHER KEY: ${file} was not signed with ${values.key}.`);
      // The name is not proved by anything: only what a signature holds is.
      say(`It says that it was signed by ${printable(found.signedBy)}; the given key is ${fingerprintOf(key)}.`);
      say("Take the public key of the installation that issued it, and make sure that it is theirs.");
      return 2;
    case "no-record":
      say(`UNREADABLE: ${file} is no completion record: ${found.reason}.`);
      return 3;
  }
}

function goodLines(record: CompletionRecord): string[] {
  const { learner, course, exercise, keyHeldBy } = record;
  const where = record.class ? `, ${record.class.name}, seat ${record.class.seat}` : "";
  const seconds = exercise?.seconds;
  // As the page says it: a record and its verification must not differ by a rounding.
  const took = seconds === null || seconds === undefined ? "" : `, in ${duration(wordsOf(english), seconds * 1_000)}`;
  return [
    "GOOD: the record is what the installation signed.",
    `  Learner   ${printable(learner.name)}${printable(where)}`,
    `  Course    ${printable(course.title)}`,
    `  Steps     ${course.stepsPassed} of ${course.steps}; of the core path ${course.coreStepsPassed} of ${course.coreSteps}`,
    ...(exercise ? [`  Exercise  ${percent(exercise.score)}${exercise.passedAt ? took : ", not finished"}`] : []),
    `  Issued    ${record.issuedAt} by ${record.signedBy}`,
    ...(keyHeldBy === "learner"
      ? ["  The learner held the key that signed it: the file is whole, and nobody else vouches for what is in it."]
      : []),
  ];
}

/** A name may hold anything; a terminal must not obey it. */
function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, "?").slice(0, 200);
}

function reasonOf(error: unknown): string {
  const code = (error as { code?: unknown }).code;
  if (code === "ENOENT") return "there is no such file";
  if (code === "EISDIR") return "it is a folder";
  return error instanceof Error ? error.message.split("\n")[0]! : String(error);
}

if (import.meta.main) process.exitCode = await verifyRecordCommand(process.argv.slice(2), (line) => console.log(line));
