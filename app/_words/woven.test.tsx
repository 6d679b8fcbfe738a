import { renderToStaticMarkup } from "react-dom/server";
import { expect, it } from "vitest";
import { woven } from "./woven.tsx";

const shown = (template: string, values: Record<string, string>) =>
  renderToStaticMarkup(
    woven(
      (safe) => template.replace(/\{(\w+)\}/g, (_, name: string) => String(safe[name])),
      [(inner) => <a href="/a">{inner}</a>, (inner) => <b>{inner}</b>],
      values,
    ),
  );

it("what a sentence marks becomes links and the like, in their order", () => {
  expect(shown("You are <{name}> in <{class}>.", { name: "Ana", class: "May" })).toBe(
    'You are <a href="/a">Ana</a> in <b>May</b>.',
  );
});

it("a value with marks is text, and marks nothing", () => {
  expect(shown("{name} is <here>.", { name: "<b>Eve</b>" })).toBe('&lt;b&gt;Eve&lt;/b&gt; is <a href="/a">here</a>.');
});
