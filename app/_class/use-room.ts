"use client";

/** A class as one of its students hears it: their own request for help, and what is said. */
import { useCallback, useEffect, useRef, useState } from "react";
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
  /** What was pressed last and the server has not answered: said again when the connection is back, as it may be lost. */
  const unheard = useRef<() => void>(undefined);
  const send = useCallback((emit: (answered: (reply: Reply<object>) => void) => void) => {
    setSending(true);
    const say = () =>
      emit((reply) => {
        if (unheard.current !== say) return;
        unheard.current = undefined;
        setSending(false);
        setRefusal(reply.ok ? undefined : reply.refusal.message);
      });
    unheard.current = say;
    if (pageConnection().socket.connected) say();
  }, []);

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
    const back = () => {
      watch();
      unheard.current?.();
    };
    socket.on("connect", back);
    socket.on("room:state", show);
    if (socket.connected) watch();
    return () => {
      socket.off("connect", back);
      socket.off("room:state", show);
    };
  }, [classId]);

  const ask = useCallback(
    (step: string | undefined, note: string) => {
      const trimmed = note.trim();
      const request = { classId, ...(step && { step }), ...(trimmed && { note: trimmed }) };
      send((answered) => pageConnection().socket.emit("help:ask", request, answered));
    },
    [classId, send],
  );
  const withdraw = useCallback(
    () => send((answered) => pageConnection().socket.emit("help:withdraw", { classId }, answered)),
    [classId, send],
  );
  return { room, live, sending, refusal, ask, withdraw };
}
