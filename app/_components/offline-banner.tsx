"use client";

import { useSyncExternalStore } from "react";

function subscribe(changed: () => void): () => void {
  window.addEventListener("online", changed);
  window.addEventListener("offline", changed);
  return () => {
    window.removeEventListener("online", changed);
    window.removeEventListener("offline", changed);
  };
}

/** Says that the way to the server is down; nothing is lost by it. */
export function OfflineBanner() {
  const online = useSyncExternalStore(
    subscribe,
    () => navigator.onLine,
    () => true,
  );
  if (online) return null;
  return (
    <p role="status" className="no-print border-b border-notyet bg-raised px-4 py-1.5 text-ui">
      <strong className="text-notyet">Offline.</strong> This computer has no network. What you did is kept; the page
      goes on by itself when the network is back.
    </p>
  );
}
