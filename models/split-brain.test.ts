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

it("with fencing no confirmed order is ever lost, whatever is pressed in whatever order", () => {
  const actions: SplitBrainAction[] = [
    left,
    right,
    { do: "cut" },
    { do: "start-standby" },
    { do: "heal" },
    { do: "keep", side: "left" },
  ];
  for (let code = 0; code < actions.length ** 6; code++) {
    let state = beginSplitBrain(true);
    for (let at = 0; at < 6; at++) {
      state = actSplitBrain(state, actions[Math.floor(code / actions.length ** at) % actions.length]!);
    }
    if (state.lost.length > 0 || (state.running.left && state.running.right)) expect.fail(JSON.stringify(state));
  }
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
  ).toMatch(/1 confirmed orders are lost/);
});
