/**
 * A browser's chapters: which are on screen, and a pressed Check.
 */

import type { ChapterViewer, ChapterWatch } from "./chapter-watch.ts";
import { answer, type Browser, mustBeAllowed } from "./connection.ts";

export function handleChapters(browser: Browser, chapters: ChapterWatch): void {
  const { socket, person } = browser;
  const viewer: ChapterViewer = { person, show: (progress) => void socket.emit("chapter:progress", progress) };
  const onScreen = new Map<string, { labId: string; chapter: string }>();

  answer(browser, "chapter:watch", async ({ labId, chapter }) => {
    await mustBeAllowed(browser, "chapter:watch", { labId });
    onScreen.set(`${labId} ${chapter}`, { labId, chapter });
    const progress = await chapters.watch(labId, chapter, viewer);
    if (!socket.connected) await chapters.unwatch(labId, chapter, viewer, false);
    return progress;
  });

  answer(browser, "chapter:unwatch", async ({ labId, chapter }) => {
    await mustBeAllowed(browser, "chapter:unwatch", { labId });
    onScreen.delete(`${labId} ${chapter}`);
    await chapters.unwatch(labId, chapter, viewer, true);
    return {};
  });

  answer(browser, "chapter:check", async ({ labId, chapter }) => {
    await mustBeAllowed(browser, "chapter:check", { labId });
    await chapters.askCheck(labId, chapter);
    return {};
  });

  socket.on("disconnect", () => {
    for (const { labId, chapter } of onScreen.values()) {
      chapters.unwatch(labId, chapter, viewer, false).catch((cause) => browser.onBug("disconnect", cause));
    }
  });
}
