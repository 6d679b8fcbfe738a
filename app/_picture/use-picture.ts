"use client";

/** The lab's picture for React. */
import { useCallback, useEffect, useState } from "react";
import type { LabFault } from "../../gateway/protocol.ts";
import { pageConnection } from "../_terminal/connection.ts";
import { nothingSeen, PictureFeed, type PictureState } from "./picture-feed.ts";

export interface LivePicture extends PictureState {
  apply(faults: LabFault[]): void;
}

export function usePicture(labId: string): LivePicture {
  const [feed, setFeed] = useState<PictureFeed>();
  const [state, setState] = useState(nothingSeen);
  useEffect(() => {
    setState(nothingSeen);
    const started = new PictureFeed(pageConnection().socket, labId, setState, browserStorage());
    started.start();
    setFeed(started);
    return () => started.stop();
  }, [labId]);
  const apply = useCallback((faults: LabFault[]) => void feed?.apply(faults), [feed]);
  return { ...state, apply };
}

/** A browser may refuse it. */
function browserStorage(): Storage | undefined {
  try {
    return localStorage;
  } catch {
    return undefined;
  }
}
