/** A step's state and light, from the verdicts of its checks. */
import type { CheckResult, StepProgress } from "../../gateway/protocol.ts";
import { interfaceEn } from "../_words/interface.en.ts";

/** `working`, somebody is at it now, is for boards. */
export type State = "passed" | "working" | "not-yet" | "could-not-check" | "unchecked";

/** Whether what was passed once is true at this moment. */
export type Light = "true-now" | "not-true-now" | "not-known-now";

/** In English, for the pages that are in English only. */
export const stateWords: Record<State, string> = {
  passed: interfaceEn["state.passed"],
  working: interfaceEn["state.working"],
  "not-yet": interfaceEn["state.not-yet"],
  "could-not-check": interfaceEn["state.could-not-check"],
  unchecked: interfaceEn["state.unchecked"],
};

/** A pass is kept for good; without one, a check that could not be read says more than one that is not done. */
export function stepState(step: StepProgress | undefined): State {
  if (step === undefined) return "unchecked";
  if (step.passedAtMs !== undefined) return "passed";
  if (step.checks.length === 0) return "unchecked";
  return step.checks.some((check) => check.outcome === "could-not-check") ? "could-not-check" : "not-yet";
}

/** @param checkCount how many checks the step has: a verdict that is missing is not known */
export function stepLight(step: StepProgress, checkCount: number): Light {
  if (step.checks.some((check) => check.outcome === "not-yet")) return "not-true-now";
  const passed = step.checks.filter((check) => check.outcome === "passed").length;
  return passed === checkCount ? "true-now" : "not-known-now";
}

/** The last part of `course/chapter/step/check`. */
export function checkId(result: CheckResult): string {
  return result.key.slice(result.key.lastIndexOf("/") + 1);
}
