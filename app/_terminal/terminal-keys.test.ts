import { describe, expect, it } from "vitest";
import { keyAct, type PressedKey } from "./terminal-keys.ts";

function press(combination: string): PressedKey {
  const parts = combination.split("+");
  const has = (name: string) => parts.includes(name);
  const key = parts.at(-1) as string;
  return { key, ctrlKey: has("Ctrl"), shiftKey: has("Shift"), altKey: has("Alt"), metaKey: has("Meta") };
}

describe("a key pressed in a terminal", () => {
  it.each([
    ["Ctrl+c", { selection: false, mac: false }, "shell"],
    ["Ctrl+c", { selection: true, mac: false }, "copy-and-deselect"],
    ["Ctrl+Shift+C", { selection: true, mac: false }, "copy"],
    ["Ctrl+Shift+C", { selection: false, mac: false }, "copy"],
    ["Ctrl+Insert", { selection: true, mac: false }, "copy"],
    ["Ctrl+v", { selection: false, mac: false }, "browser"],
    ["Ctrl+Shift+V", { selection: false, mac: false }, "browser"],
    ["Shift+Insert", { selection: false, mac: false }, "browser"],
    ["Ctrl+Alt+v", { selection: false, mac: false }, "control-v"],
    ["Ctrl+Alt+w", { selection: false, mac: false }, "control-w"],
    ["Ctrl+Alt+t", { selection: false, mac: false }, "control-t"],
    ["Ctrl+Alt+n", { selection: false, mac: false }, "control-n"],
    ["Ctrl+Alt+x", { selection: false, mac: false }, "shell"],
    ["Ctrl+Alt+w", { selection: false, mac: true }, "shell"],
    ["Meta+c", { selection: true, mac: true }, "copy"],
    ["Meta+v", { selection: false, mac: true }, "browser"],
    ["Ctrl+v", { selection: false, mac: true }, "shell"],
    ["Ctrl+c", { selection: true, mac: true }, "shell"],
    ["Ctrl+F6", { selection: false, mac: false }, "leave"],
    ["Ctrl+Shift+F", { selection: false, mac: false }, "search"],
    ["Ctrl+f", { selection: false, mac: false }, "shell"],
    ["Meta+f", { selection: false, mac: true }, "search"],
    ["Ctrl+w", { selection: false, mac: false }, "shell"],
    ["x", { selection: true, mac: false }, "shell"],
  ] as const)("%s with %o is for: %s", (combination, state, act) => {
    expect(keyAct(press(combination), state)).toBe(act);
  });
});

it.each([
  ["м", "KeyV", { ctrlKey: true }, "browser"],
  ["С", "KeyC", { ctrlKey: true, shiftKey: true }, "copy"],
  ["φ", "KeyF", { ctrlKey: true, shiftKey: true }, "search"],
  // Dvorak is Latin: what is written counts, not where it is.
  ["j", "KeyC", { ctrlKey: true, shiftKey: true }, "shell"],
])("on layouts of other scripts: %s at %s", (key, code, held, act) => {
  const pressed = { key, code, shiftKey: false, altKey: false, metaKey: false, ...held };
  expect(keyAct(pressed, { selection: false, mac: false })).toBe(act);
});
