import { describe, expect, it } from "vitest";
import { canonicalJson } from "./canonical-json.ts";

describe("canonical JSON", () => {
  it("is the same for every order of keys, at every depth, and has no white space", () => {
    const one = { b: [1, { y: null, x: true }], a: "ä\n", "": 0.5 };
    const other = { "": 0.5, a: "ä\n", b: [1, { x: true, y: null }] };
    expect(canonicalJson(one)).toBe('{"":0.5,"a":"ä\\n","b":[1,{"x":true,"y":null}]}');
    expect(canonicalJson(other)).toBe(canonicalJson(one));
  });

  it("keeps the order of lists", () => {
    expect(canonicalJson([1, 2])).not.toBe(canonicalJson([2, 1]));
  });

  it("sorts by UTF-16 code units and writes numbers as RFC 8785 does", () => {
    // The RFC's own example of keys: a surrogate pair comes before U+FB33.
    const keys = { "€": 1, "\r": 2, "\ufb33": 3, "1": 4, "😂": 5, "\u0080": 6, ö: 7 };
    expect([...canonicalJson(keys).matchAll(/:(\d)/g)].map(([, value]) => value).join("")).toBe("2467153");
    expect(canonicalJson([333333333.3333333, 1e30, 4.5, 0.002, 1e-27, -0])).toBe(
      "[333333333.3333333,1e+30,4.5,0.002,1e-27,0]",
    );
  });

  it("leaves out keys without a value, and refuses what JSON has not", () => {
    expect(canonicalJson({ a: undefined, b: 1 })).toBe('{"b":1}');
    expect(() => canonicalJson([Number.NaN])).toThrow(TypeError);
  });
});
