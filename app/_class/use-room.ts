"use client";

/** A class as one of its students hears it: their own request for help, and what is said. */
import { useCallback, useEffect, useState } from "react";
import type { ClassRoom, Message, Reply } from "../../gateway/protocol.ts";
import { pageConnection, useConnection } from "../_terminal/connection.ts";

export interface LiveRoom {
  room: ClassRoom | undefined;
  /** Without a connection what is pressed is kept by the page and sent when it is back. */
  live: boolean;
  /** Sent, and not yet answered. */
  sending: boolean;
  refusal: Message | undefined;
  ask(step: string | undefined, note: string): void;
  withdraw(): void;
}

export function useRoom(classId: string): LiveRoom {
  const [room, setRoom] = useState<ClassRoom>();
  const [sending, setSending] = useState(false);
  const [refusal, setRefusal] = useState<Message>();
  const live = useConnection().kind === "connected";

  useEffect(() => {
    const { socket } = pageConnection();
    const show = (state: ClassRoom) => {
      if (state.classId === classId) setRoom(state);
    };
    const watch = () => {
      socket.emit("room:watch", { classId }, (reply: Reply<ClassRoom>) => {
        if (reply.ok) show(reply);
      });
    };
    socket.on("connect", watch);
    socket.on("room:state", show);
    if (socket.connected) watch();
    return () => {
      socket.off("connect", watch);
      socket.off("room:state", show);
    };
  }, [classId]);

  const answered = useCallback((reply: Reply<object>) => {
    setSending(false);
    setRefusal(reply.ok ? undefined : reply.refusal.message);
  }, []);
  const ask = useCallback(
    (step: string | undefined, note: string) => {
      setSending(true);
      const trimmed = note.trim();
      const request = { classId, ...(step && { step }), ...(trimmed && { note: trimmed }) };
      pageConnection().socket.emit("help:ask", request, answered);
    },
    [classId, answered],
  );
  const withdraw = useCallback(() => {
    setSending(true);
    pageConnection().socket.emit("help:withdraw", { classId }, answered);
  }, [classId, answered]);
  return { room, live, sending, refusal, ask, withdraw };
}
