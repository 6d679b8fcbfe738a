import type { RoomMessage } from "../../gateway/protocol.ts";
import { LocalTime } from "../_components/local-time.tsx";

/** Who said it, to whom and when. */
export function MessageHead({ message }: { message: RoomMessage }) {
  return (
    <p className="text-small text-quiet">
      {message.from || "An instructor"}
      {message.private ? " to you" : " to all"}, <LocalTime ms={message.sentAtMs} />
    </p>
  );
}
