"use client";

import { useEffect, useState } from "react";

export interface LatePart<T> {
  /** Undefined until it is here. */
  part: T | undefined;
  /** It could not be fetched: there is no connection. */
  failed: boolean;
  again(): void;
}

/**
 * A part of the page's program that is fetched when it is first wanted. Where it cannot be fetched the page stays as it
 * is: nobody loses what they see because a cable was pulled.
 *
 * @param load must be the same function at every call
 */
export function useLatePart<T>(load: () => Promise<T>, wanted: boolean): LatePart<T> {
  const [part, setPart] = useState<{ is: T }>();
  const [failed, setFailed] = useState(false);
  const needed = wanted && part === undefined && !failed;
  useEffect(() => {
    if (!needed) return;
    let alive = true;
    load().then(
      (is) => alive && setPart({ is }),
      () => alive && setFailed(true),
    );
    return () => {
      alive = false;
    };
  }, [load, needed]);
  useEffect(() => {
    if (!failed) return;
    const again = () => setFailed(false);
    window.addEventListener("online", again);
    return () => window.removeEventListener("online", again);
  }, [failed]);
  return { part: part?.is, failed, again: () => setFailed(false) };
}
