import { readFileSync } from "node:fs";
import { describe, expect, it, vi } from "vitest";
import { createMemoryFiles } from "../../../shell/memory-files.ts";
import { openScreen } from "../../../shell/testing/open-screen.ts";
import { START_FILES } from "../../../shell/testing/run-shell.ts";

interface Session {
  command: string;
  keys: string[];
  /** Before the first key, then after each. */
  screens: string[][];
  /** Files that were changed. */
  left: Record<string, string>;
}

const { files, recorded } = JSON.parse(
  readFileSync(new URL("../../../recordings/shell/nano.json", import.meta.url), "utf8"),
) as { files: Record<string, string>; recorded: Session[] };

describe("nano beside GNU nano 7.2", () => {
  it.each(recorded.map((session, at) => ({ ...session, at: at + 1 })))(
    "shows what it shows after each key: $at, $command",
    async ({ command, keys, screens, left }) => {
      const own = Object.fromEntries(Object.entries(files).map(([name, text]) => [`/root/${name}`, text]));
      const nano = openScreen(command, createMemoryFiles({ ...START_FILES, ...own }));
      const rows = () => {
        const all = nano.rows().map((row) => row.trimEnd());
        while (all.at(-1) === "") all.pop();
        return all;
      };
      const sees = async (screen: string[], after: string) => {
        if (screen[0] === "(ended)") expect(await nano.ended, after).toBe(0);
        else await vi.waitFor(() => expect(rows(), after).toEqual(screen), { timeout: 4_000 });
      };
      await sees(screens[0]!, "at the start");
      for (const [at, screen] of screens.slice(1).entries()) {
        await nano.type(keys[at]!);
        await sees(screen, `after ${JSON.stringify(keys.slice(0, at + 1))}`);
      }
      for (const [name, text] of Object.entries(left)) expect(await nano.file(`/root/${name}`)).toBe(text);
    },
  );
});
