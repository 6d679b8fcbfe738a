import { expect, test, vi } from "vitest";
import { CastPlayer, type PlayerState } from "./cast-player.ts";

const CAST = '{"version":2}\n[0,"o","first "]\n[10,"r","100x30"]\n[10,"o","second "]\n[20,"o","third"]\n';

function player() {
  let shown = "";
  const sizes: string[] = [];
  const seen: { atMs: number; state: PlayerState }[] = [];
  const asked: number[] = [];
  const load = async (fromMs: number) => {
    asked.push(fromMs);
    return new Blob([CAST]).stream();
  };
  const one = new CastPlayer(20_000, load, {
    clear: () => {
      shown = "";
    },
    size: (columns, rows) => void sizes.push(`${columns}x${rows}`),
    write: async (text) => {
      shown += text;
    },
    changed: (now) => void seen.push(now),
  });
  const state = () => seen.at(-1)?.state;
  return { one, shown: () => shown, sizes, asked, seen, state };
}

test("a seek draws everything up to there at once, and waits", async () => {
  const { one, shown, sizes, asked, state, seen } = player();
  one.seek(15_000);
  await vi.waitFor(() => expect(state()).toBe("paused"));
  expect([shown(), sizes, asked]).toEqual(["first second ", ["100x30"], [15_000]]);
  one.seek(5_000);
  await vi.waitFor(() => expect(state()).toBe("paused"));
  expect(shown()).toBe("first ");
  expect(seen.at(-1)?.atMs).toBe(5_000);
  one.stop();
});

test("it plays to the end at a speed, and begins again from there", async () => {
  const { one, shown, state, asked } = player();
  one.speed = 1_000;
  one.play();
  one.seek(0);
  await vi.waitFor(() => expect(state()).toBe("ended"));
  expect(shown()).toBe("first second third");
  one.pause();
  one.play();
  expect(asked).toEqual([0, 0]);
  one.stop();
});

test("a recording that cannot be had is said to have failed", async () => {
  const seen: PlayerState[] = [];
  const one = new CastPlayer(1_000, () => Promise.reject(new Error("gone")), {
    ...{ clear: () => undefined, size: () => undefined, write: async () => undefined },
    changed: ({ state }) => void seen.push(state),
  });
  one.seek(0);
  await vi.waitFor(() => expect(seen.at(-1)).toBe("failed"));
});
