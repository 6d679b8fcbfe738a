import { expect, it } from "vitest";
import {
  actSplitBrain,
  beginSplitBrain,
  possibleActions,
  type SplitBrain,
  type SplitBrainAction,
  splitBrainInWords,
} from "./split-brain.ts";

const play = (fencing: boolean, ...actions: SplitBrainAction[]): SplitBrain =>
  actions.reduce(actSplitBrain, beginSplitBrain(fencing));
const left: SplitBrainAction = { do: "write", from: "left" };
const right: SplitBrainAction = { do: "write", from: "right" };

it("without a cut both groups' orders are on both sides", () => {
  const { data, refused } = play(false, left, right);
  expect(data.left).toEqual(data.right);
  expect(data.left).toHaveLength(2);
  expect(refused).toEqual([]);
});

it("without fencing both sides take orders after a cut, and any merge loses confirmed ones", () => {
  const split = play(false, left, { do: "cut" }, { do: "start-standby" }, left, right, right, { do: "heal" });
  expect(split.diverged).toBe(true);
  expect(possibleActions(split)).toContain("keep");
  expect(actSplitBrain(split, { do: "keep", side: "left" }).lost).toHaveLength(2);
  expect(actSplitBrain(split, { do: "keep", side: "right" }).lost).toHaveLength(1);
});

/** Every order of six presses, whatever they are. */
function everyPlay(fencing: boolean, look: (state: SplitBrain, actions: SplitBrainAction[]) => void): void {
  const actions: SplitBrainAction[] = [
    left,
    right,
    { do: "cut" },
    { do: "start-standby" },
    { do: "heal" },
    { do: "keep", side: "left" },
  ];
  for (let code = 0; code < actions.length ** 6; code++) {
    const pressed = Array.from({ length: 6 }, (_, at) => actions[Math.floor(code / actions.length ** at) % 6]!);
    look(play(fencing, ...pressed), pressed);
  }
}

it("no order vanishes untold: each is kept, refused or counted as lost, whatever is pressed", () => {
  for (const fencing of [false, true]) {
    everyPlay(fencing, ({ data, refused, lost, nextId }, pressed) => {
      const told = new Set([...data.left, ...data.right, ...refused, ...lost].map(({ id }) => id));
      if (told.size !== nextId - 1) expect.fail(JSON.stringify({ fencing, pressed }));
    });
  }
});

it("with fencing never both run, and no order is lost that was taken before a cut or after the takeover", () => {
  everyPlay(true, ({ running, lost }, pressed) => {
    if (running.left && running.right) expect.fail(JSON.stringify(pressed));
    let [cut, fenced, id] = [false, false, 0];
    for (const action of pressed) {
      if (action.do === "cut") cut = true;
      if (action.do === "start-standby" && cut) fenced = true;
      if (action.do === "heal") cut = false;
      if (action.do !== "write") continue;
      id++;
      const between = cut && !fenced;
      if (!between && lost.some((order) => order.id === id)) expect.fail(JSON.stringify(pressed));
    }
  });
});

it("a fence loses what the first machine took between the cut and its end, and says so", () => {
  const fenced = play(true, left, { do: "cut" }, left, { do: "start-standby" }, right);
  expect(splitBrainInWords(fenced)).toMatch(/1 order, taken after the cut, is on its disk alone/);
  const healed = actSplitBrain(fenced, { do: "heal" });
  expect(healed.lost).toEqual([{ id: 2, from: "left" }]);
  expect(splitBrainInWords(healed)).toMatch(/1 confirmed order is lost/);
});

it("with fencing the users of the machine that was switched off see an error", () => {
  const state = play(true, { do: "cut" }, { do: "start-standby" }, left, right);
  expect(state.refused).toEqual([{ id: 1, from: "left" }]);
  expect(state.data.right).toEqual([{ id: 2, from: "right" }]);
});

it("is told in words", () => {
  expect(splitBrainInWords(play(false, { do: "cut" }, { do: "start-standby" }))).toMatch(/Both machines run/);
  expect(
    splitBrainInWords(
      play(false, { do: "cut" }, { do: "start-standby" }, right, { do: "heal" }, { do: "keep", side: "left" }),
    ),
  ).toMatch(/1 confirmed order is lost/);
});
