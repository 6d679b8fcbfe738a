import { readdirSync } from "node:fs";
import { dirname, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { ownRoutes } from "../gateway/http/own-routes.ts";
import { socketEvents } from "../gateway/protocol.ts";
import { actions } from "./may.ts";
import { eventRules, gatewayRules, routeRules } from "./rules.ts";

const app = fileURLToPath(new URL("../app", import.meta.url));

/** Answered by the web process itself, beside Next. */
const outsideNext = ["/api/auth/[...all]"];

/** Routes as Next makes them from folders: `(group)` folders leave no trace. */
function routesOfNext(): string[] {
  return readdirSync(app, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /^(page|route)\.(tsx?|jsx?|mdx)$/.test(entry.name))
    .map((entry) => relative(app, entry.parentPath).split(sep))
    .map((folders) => `/${folders.filter((folder) => !/^\(.*\)$/.test(folder)).join("/")}`)
    .sort();
}

describe("rules", () => {
  it("every page and route handler has a rule, and every rule a route", () => {
    expect([...routesOfNext(), ...outsideNext].sort()).toEqual(Object.keys(routeRules).sort());
  });

  it("every event that a browser may send has a rule, and every rule an event", () => {
    expect(Object.keys(eventRules).sort()).toEqual([...socketEvents].sort());
  });

  it("everything the gateway answers over HTTP has a rule, and every rule an answer", () => {
    expect(Object.keys(gatewayRules).sort()).toEqual([...ownRoutes].sort());
  });

  it("rules name actions that exist", () => {
    for (const action of [...Object.values(routeRules), ...Object.values(eventRules), ...Object.values(gatewayRules)])
      expect(actions).toContain(action);
  });

  it("route handlers lie where this test looks", () => {
    expect(dirname(app)).toBe(fileURLToPath(new URL("..", import.meta.url)).replace(/[\\/]$/, ""));
    expect(routesOfNext()).toContain("/");
  });
});
