import { expect, it } from "vitest";
import type { QuestionKey } from "./chapter-questions.ts";
import { judgeAnswer } from "./judge-answer.ts";

const one: QuestionKey = {
  id: "q",
  title: "Q",
  kind: "one",
  choices: [
    { text: "a", right: true, why: "because a" },
    { text: "b", right: false, why: "not b" },
  ],
};
const several: QuestionKey = {
  ...one,
  kind: "several",
  choices: [...one.choices, { text: "c", right: true, why: "c too" }],
};
const number: QuestionKey = {
  id: "n",
  title: "N",
  kind: "number",
  answer: 8,
  tolerance: 0.5,
  unit: "s",
  why: "yes",
  whyNot: "no",
};

it("a wrong choice is explained, and the right one is not given away", () => {
  expect(judgeAnswer(one, { choices: [1] }, false)).toEqual({
    outcome: "wrong",
    notes: [{ choice: 1, right: false, text: "not b" }],
  });
});

it("the right choice has every choice explained", () => {
  expect(judgeAnswer(one, { choices: [0] }, false)?.notes).toHaveLength(2);
});

it("half of several is wrong, and says that something is missing", () => {
  const judged = judgeAnswer(several, { choices: [0] }, false);
  expect(judged?.outcome).toBe("wrong");
  expect(judged?.notes.at(-1)?.text).toMatch(/not chosen yet/);
  expect(judgeAnswer(several, { choices: [2, 0] }, false)?.outcome).toBe("right");
});

it("a number is right up to its tolerance and not beyond", () => {
  const outcomes = [7.4, 7.5, 8.5, 8.6].map((given) => judgeAnswer(number, { number: given }, false)?.outcome);
  expect(outcomes).toEqual(["wrong", "right", "right", "wrong"]);
});

it("a prediction is recorded without a word until its step has passed", () => {
  const prediction = { ...one, after: "lose-one" };
  expect(judgeAnswer(prediction, { choices: [1] }, false)).toEqual({ outcome: "recorded", notes: [] });
  expect(judgeAnswer(prediction, { choices: [1] }, true)).toMatchObject({ outcome: "wrong", notes: [{}, {}] });
});

it("an answer of another kind, of no choice or of a choice that is not there is no answer", () => {
  expect(judgeAnswer(one, { number: 1 }, false)).toBeUndefined();
  expect(judgeAnswer(number, { choices: [0] }, false)).toBeUndefined();
  expect(judgeAnswer(one, { choices: [] }, false)).toBeUndefined();
  expect(judgeAnswer(one, { choices: [0, 1] }, false)).toBeUndefined();
  expect(judgeAnswer(several, { choices: [7] }, false)).toBeUndefined();
});
