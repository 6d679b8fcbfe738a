import { expect, test } from "vitest";
import { Desk } from "./terminals.tsx";

/** A terminal that notes what is done to it. */
function terminal(prompt: boolean) {
  const seen: string[] = [];
  const nothing = () => {};
  return {
    seen,
    handle: {
      ...{ openSearch: nothing, openTranscript: nothing, end: nothing },
      type: (text: string) => void seen.push(text),
      focus: () => void seen.push("focus"),
      atPrompt: () => prompt,
    },
  };
}

test("a command goes to the shell of its node that waits for one, not into a program that runs", () => {
  const desk = new Desk();
  const [ping, free] = [terminal(false), terminal(true)];
  desk.register("pve3", ping.handle);
  desk.register("pve3 (2)", free.handle);
  desk.show("pve1");
  desk.typeInto("pve3", "ssh web");
  expect(desk.shown).toBe("pve3 (2)");
  expect(free.seen).toEqual(["ssh web\r", "focus"]);
  expect(ping.seen).toEqual([]);
});

test("whoever works in a second shell stays there, and with every shell busy the one on screen gets it", () => {
  const desk = new Desk();
  const [first, second] = [terminal(true), terminal(true)];
  desk.register("pve1", first.handle);
  desk.register("pve1 (2)", second.handle);
  desk.show("pve1 (2)");
  desk.typeInto("pve1", "qm list");
  expect(second.seen).toEqual(["qm list\r", "focus"]);
  desk.register("pve1", terminal(false).handle);
  desk.register("pve1 (2)", { ...second.handle, atPrompt: () => false });
  desk.typeInto("pve1", "yes");
  expect(second.seen).toEqual(["qm list\r", "focus", "yes\r", "focus"]);
});

test("a terminal that is not open yet gets its command, or the cursor, as soon as it is", () => {
  const desk = new Desk();
  desk.typeInto("pve2", "date");
  desk.work("pve2 (2)");
  const [first, second] = [terminal(false), terminal(false)];
  desk.register("pve2", first.handle);
  desk.register("pve2 (2)", second.handle);
  expect(first.seen).toEqual(["date\r", "focus"]);
  expect(second.seen).toEqual(["focus"]);
});
