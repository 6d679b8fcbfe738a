import { expect, it } from "vitest";
import { leadsHereAlone } from "./own-address.ts";

it("an address of this computer alone is told from one that others can open", () => {
  for (const address of ["http://localhost:3000", "http://127.0.0.1:3000", "https://[::1]:3000"]) {
    expect(leadsHereAlone(address), address).toBe(true);
  }
  for (const address of ["http://192.168.1.20:3000", "https://lab.example.org", "http://127.example.org"]) {
    expect(leadsHereAlone(address), address).toBe(false);
  }
});
