import Link from "next/link";
import type { Recording } from "../../database/recordings.ts";
import { LocalTime } from "../_components/local-time.tsx";
import type { PageWords } from "../_words/page-words-of.ts";
import { DeleteRecording } from "./delete-recording.tsx";

/** Recorded terminals, newest first, each with its replay. */
export function RecordingList({ recordings, words }: { recordings: readonly Recording[]; words: PageWords }) {
  return (
    <ul className="mt-2">
      {recordings.map(({ id, node, slot, startedAt, endedAt, durationMs }) => (
        <li key={id} className="flex flex-wrap items-center gap-x-4 border-t border-rule py-2">
          <Link href={`/recordings/${id}`} className="font-mono text-accent underline">
            {node}
            {slot !== "1" && ` (${slot})`}
          </Link>
          <LocalTime ms={startedAt.getTime()} seconds />
          <span className="text-quiet">{endedAt === null ? words("recordings.going-on") : length(durationMs ?? 0)}</span>
          {endedAt !== null && (
            <span className="ml-auto">
              <DeleteRecording id={id} node={node} />
            </span>
          )}
        </li>
      ))}
    </ul>
  );
}

function length(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}
