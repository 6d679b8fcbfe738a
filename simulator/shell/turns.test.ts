import { expect, it } from "vitest";
import { nextTurn } from "./turns.ts";

it("gives two sessions as many turns although one has a hundred processes", async () => {
  const [bomb, other] = [{}, {}];
  const order: string[] = [];
  let running = true;
  const process = async (session: object, name: string) => {
    while (running) {
      await nextTurn(session);
      order.push(name);
    }
  };
  const all = Array.from({ length: 100 }, () => process(bomb, "bomb"));
  all.push(process(other, "other"));
  while (order.filter((name) => name === "other").length < 20) await new Promise((resolve) => setImmediate(resolve));
  running = false;
  await Promise.all(all);
  expect(order.indexOf("other")).toBeLessThan(3);
  const until = order.slice(0, order.lastIndexOf("other"));
  expect(until.filter((name) => name === "bomb").length).toBeLessThan(until.length * 0.9);
});
