"use client";

/**
 * A chapter's figures, each loaded where a chapter shows it: a page that has one does not send the other seven.
 *
 * They are drawn on the server all the same, so the text reads and prints whole before anything is loaded.
 */
import dynamic from "next/dynamic";

export const Alternatives = dynamic(() => import("./alternatives.tsx").then((figure) => figure.Alternatives));
export const Availability = dynamic(() => import("./availability.tsx").then((figure) => figure.Availability));
export const Fencing = dynamic(() => import("./fencing.tsx").then((figure) => figure.Fencing));
export const PartitionExplorer = dynamic(() =>
  import("./partition-explorer.tsx").then((figure) => figure.PartitionExplorer),
);
export const Precopy = dynamic(() => import("./precopy.tsx").then((figure) => figure.Precopy));
export const SharedDisk = dynamic(() => import("./shared-disk.tsx").then((figure) => figure.SharedDisk));
export const SplitBrain = dynamic(() => import("./split-brain.tsx").then((figure) => figure.SplitBrain));
export const TokenRing = dynamic(() => import("./token-ring.tsx").then((figure) => figure.TokenRing));
