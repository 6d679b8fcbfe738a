"use client";

import type { RoomMessage } from "../../gateway/protocol.ts";
import { LocalTime } from "../_components/local-time.tsx";
import { useWords } from "../_words/words.tsx";

/** Who said it, to whom and when. */
export function MessageHead({ message }: { message: RoomMessage }) {
  const words = useWords();
  const name = message.from || words("said.instructor");
  return (
    <p className="text-small text-quiet">
      {words(message.private ? "said.to-you" : "said.to-all", { name })}, <LocalTime ms={message.sentAtMs} />
    </p>
  );
}
