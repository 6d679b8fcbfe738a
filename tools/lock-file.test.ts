import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

interface LockedPackage {
  version?: string;
  integrity?: string;
  resolved?: string;
  /** Comes inside another package. */
  inBundle?: boolean;
  optionalDependencies?: Record<string, string>;
}

const file = new URL("../package-lock.json", import.meta.url);
const { packages } = JSON.parse(readFileSync(file, "utf8")) as { packages: Record<string, LockedPackage> };
const entries = Object.entries(packages).filter(([path]) => path !== "");

describe("the lock file", () => {
  it("has every package that is for one system only, so that npm ci works on all", () => {
    const missing = entries.flatMap(([path, { optionalDependencies }]) =>
      Object.keys(optionalDependencies ?? {}).filter(
        (name) => !packages[`node_modules/${name}`] && !packages[`${path}/node_modules/${name}`],
      ),
    );
    expect(missing).toEqual([]);
  });

  it("names no registry, and a checksum for every package", () => {
    expect(entries.filter(([, { resolved }]) => resolved !== undefined).map(([path]) => path)).toEqual([]);
    expect(
      entries.filter(([, { integrity, inBundle }]) => integrity === undefined && !inBundle).map(([path]) => path),
    ).toEqual([]);
  });
});
