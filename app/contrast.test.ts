import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";

const css = await readFile(new URL("globals.css", import.meta.url), "utf8");
const pairs = Object.fromEntries(
  [...css.matchAll(/--([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/g)].map(([, name, light, dark]) => [
    name as string,
    { light: light as string, dark: dark as string },
  ]),
);

/** Relative luminance of WCAG 2.2. */
function luminance(colour: string): number {
  const channel = (at: number) => {
    const value = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
}

function contrast(a: string, b: string): number {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

it("every colour of the design language is defined for light and dark, as its page says", async () => {
  const page = await readFile(new URL("../docs/design-language.md", import.meta.url), "utf8");
  const table = [...page.matchAll(/^\| `([a-z]+)` \| `(#\w{6})` \| `(#\w{6})` \|/gm)];
  expect(table.length).toBeGreaterThan(8);
  for (const [, name, light, dark] of table) expect(pairs[name as string], name).toEqual({ light, dark });
});

for (const theme of ["light", "dark"] as const) {
  const colour = (name: string) => pairs[name]?.[theme] ?? expect.fail(`no colour ${name}`);

  it(`text is readable on every surface in ${theme}`, () => {
    for (const text of ["ink", "quiet", "accent", "passed", "notyet", "unknown"]) {
      for (const surface of ["paper", "raised"]) {
        expect(contrast(colour(text), colour(surface)), `${text} on ${surface}`).toBeGreaterThanOrEqual(4.5);
      }
    }
    expect(contrast(colour("on-accent"), colour("accent")), "text on a button").toBeGreaterThanOrEqual(4.5);
  });

  it(`borders of controls can be seen in ${theme}`, () => {
    for (const surface of ["paper", "raised"]) {
      expect(contrast(colour("edge"), colour(surface)), `edge on ${surface}`).toBeGreaterThanOrEqual(3);
    }
  });
}

it("a terminal has the page's paper, ink and accent", async () => {
  const terminal = await readFile(new URL("_terminal/terminal.css", import.meta.url), "utf8");
  for (const [name, page] of [
    ["background", "paper"],
    ["foreground", "ink"],
    ["cursor", "accent"],
  ]) {
    expect(terminal).toContain(
      `--terminal-${name}: light-dark(${pairs[page as string]?.light}, ${pairs[page as string]?.dark});`,
    );
  }
});
