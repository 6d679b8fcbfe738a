import { expect, test } from "vitest";
import { endpoints } from "./all.ts";

test("no endpoint stands twice in the table, where the second would never answer", () => {
  const keys = endpoints.map(({ method, path }) => `${method} ${path.replace(/\{\w+\}/g, "{}")}`);
  expect(keys.filter((key, at) => keys.indexOf(key) !== at)).toEqual([]);
});
