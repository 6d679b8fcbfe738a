"use client";

/** The board's students as they change. */
import { useEffect, useState } from "react";
import {
  type BoardStudent,
  type ClassBoard,
  type ClassHelp,
  type HelpEntry,
  type Message,
  type Reply,
  WATCH_RENEW_MS,
} from "../../../gateway/protocol.ts";
import { pageConnection, useConnection } from "../../_terminal/connection.ts";

export interface LiveBoard {
  students: BoardStudent[];
  /** Longest waiting first. */
  help: HelpEntry[];
  live: boolean;
  refusal: Message | undefined;
}

/** @param first as the page was made with */
export function useBoard(classId: string, first: BoardStudent[]): LiveBoard {
  const [students, setStudents] = useState(first);
  const [help, setHelp] = useState<HelpEntry[]>([]);
  const [refusal, setRefusal] = useState<Message>();
  // A page that just came is as it was made a moment ago.
  const connection = useConnection().kind;
  const live = connection === "connected" || connection === "connecting";

  useEffect(() => {
    const { socket } = pageConnection();
    const show = (board: ClassBoard) => {
      if (board.classId !== classId) return;
      setStudents((known) => (board.whole ? board.students : merged(known, board.students)));
    };
    const showHelp = (told: ClassHelp) => {
      if (told.classId === classId) setHelp(told.help);
    };
    // Asked again now and then: who went away says nothing.
    const watch = () => {
      if (!socket.connected) return;
      socket.emit("class:watch", { classId }, (reply: Reply<ClassBoard & ClassHelp>) => {
        if (reply.ok) {
          show(reply);
          showHelp(reply);
        }
        setRefusal(reply.ok ? undefined : reply.refusal.message);
      });
    };
    socket.on("connect", watch);
    socket.on("class:board", show);
    socket.on("class:help", showHelp);
    const renewal = setInterval(watch, WATCH_RENEW_MS);
    watch();
    return () => {
      clearInterval(renewal);
      socket.off("connect", watch);
      socket.off("class:board", show);
      socket.off("class:help", showHelp);
      if (socket.connected) socket.emit("class:unwatch", { classId }, () => {});
    };
  }, [classId]);
  return { students, help, live, refusal };
}

function merged(known: BoardStudent[], told: BoardStudent[]): BoardStudent[] {
  const news = new Map(told.map((student) => [student.id, student]));
  return known.map((student) => news.get(student.id) ?? student);
}
