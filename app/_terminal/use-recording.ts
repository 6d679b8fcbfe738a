"use client";

/** Whether this person's terminals on a lab are recorded, and their own switch. */
import { useCallback, useEffect, useState } from "react";
import type { RecordingState } from "../../gateway/protocol.ts";
import { pageConnection, useConnection } from "./connection.ts";

export interface Recording {
  /** Undefined until it is known. */
  state: RecordingState | undefined;
  setOff(off: boolean): void;
  trouble: string | undefined;
}

export function useRecording(labId: string): Recording {
  const { kind } = useConnection();
  const [state, setState] = useState<RecordingState>();
  const [trouble, setTrouble] = useState<string>();
  useEffect(() => {
    if (kind !== "connected") return;
    let gone = false;
    pageConnection().socket.emit("recording:state", { labId }, (reply) => {
      if (!gone && reply.ok) setState(reply);
    });
    return () => {
      gone = true;
    };
  }, [kind, labId]);
  const setOff = useCallback(
    (off: boolean) => {
      setTrouble(undefined);
      const { socket } = pageConnection();
      socket.timeout(10_000).emit("recording:switch", { labId, off }, (late, reply) => {
        if (!late && reply.ok) setState(reply);
        else setTrouble("That could not be changed now. Nothing was switched; try again when the page is connected.");
      });
    },
    [labId],
  );
  return { state, setOff, trouble };
}
