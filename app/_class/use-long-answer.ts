"use client";

import { useState } from "react";
import { askForLines } from "./json-lines.ts";

export interface LongAnswer<Line, Result> {
  /** While it goes on; with the latest line, when one has come. */
  going: { line?: Line } | undefined;
  result: Result | undefined;
  /** Why there is none, as a sentence. */
  trouble: string | undefined;
  ask(body: object): Promise<void>;
}

/**
 * Something long that tells how far it is and ends with a result.
 *
 * @param resultOf the result in the line that has it, else undefined
 */
export function useLongAnswer<Line extends object, Result>(
  path: string,
  resultOf: (line: Line) => Result | undefined,
): LongAnswer<Line, Result> {
  const [going, setGoing] = useState<{ line?: Line }>();
  const [result, setResult] = useState<Result>();
  const [trouble, setTrouble] = useState<string>();
  const ask = async (body: object) => {
    setTrouble(undefined);
    setResult(undefined);
    setGoing({});
    try {
      let last: Result | undefined;
      await askForLines<Line>(path, body, (line) => {
        last = resultOf(line) ?? last;
        setGoing({ line });
      });
      if (last === undefined) throw new Error("The answer broke off. Try it again.");
      setResult(last);
    } catch (error) {
      setTrouble((error as Error).message);
    } finally {
      setGoing(undefined);
    }
  };
  return { going, result, trouble, ask };
}
