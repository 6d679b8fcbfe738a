"use client";

import { useEffect, useState, useSyncExternalStore } from "react";
import { useWords } from "../_words/words.tsx";
import { serverReached, subscribeServerReached } from "./server-reach.ts";

/** A gap that the next try closes is not worth a line. */
const TOLD_AFTER_MS = 1_500;

type Trouble = "no-network" | "no-server" | undefined;

function subscribe(changed: () => void): () => void {
  window.addEventListener("online", changed);
  window.addEventListener("offline", changed);
  const leave = subscribeServerReached(changed);
  return () => {
    window.removeEventListener("online", changed);
    window.removeEventListener("offline", changed);
    leave();
  };
}

function troubleNow(): Trouble {
  if (!navigator.onLine) return "no-network";
  return serverReached() ? undefined : "no-server";
}

/**
 * Says that the way to the server is down, and keeps the page: a link would lead to the browser's own page of an error,
 * from which nothing comes back by itself.
 */
export function OfflineBanner() {
  const words = useWords();
  const trouble = useSyncExternalStore(subscribe, troubleNow, () => undefined);
  const [told, setTold] = useState<Trouble>();
  const [held, setHeld] = useState(false);
  useEffect(() => {
    if (trouble === undefined) {
      setTold(undefined);
      setHeld(false);
      return;
    }
    const timer = setTimeout(() => setTold(trouble), TOLD_AFTER_MS);
    const hold = (event: MouseEvent) => {
      const link = (event.target as Element | null)?.closest?.("a[href]");
      if (!(link instanceof HTMLAnchorElement) || link.target === "_blank" || event.defaultPrevented) return;
      const samePage = link.pathname === location.pathname && link.search === location.search;
      if (link.origin !== location.origin || samePage) return;
      event.preventDefault();
      event.stopPropagation();
      setTold(trouble);
      setHeld(true);
    };
    document.addEventListener("click", hold, true);
    return () => {
      clearTimeout(timer);
      document.removeEventListener("click", hold, true);
    };
  }, [trouble]);
  if (told === undefined) return null;
  return (
    <p role="status" className="no-print border-b border-notyet bg-raised px-4 py-1.5 text-ui">
      <strong className="text-notyet">{words("offline.offline")}</strong> {words(`offline.${told}`)}{" "}
      {words("offline.kept")}
      {held && ` ${words("offline.others-then")}`}
    </p>
  );
}
