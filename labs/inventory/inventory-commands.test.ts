import { expect, it } from "vitest";
import { runInventoryCommand } from "./inventory-commands.ts";

const print = (text: string) => ({ run: `printf '%s' '${text}'`, timeoutSeconds: 10 });

it("hides a secret whole, also one within another", async () => {
  const told = await runInventoryCommand("It", print("key abcdef, pin abc"), {}, ["abc", "abcdef"]);
  expect(told).toBe("key (hidden), pin (hidden)");
});

it("leaves nothing of a secret that the cut of a long output goes through", async () => {
  const secret = "s3cret-s3cret-s3cret";
  for (const left of [1, 7, secret.length - 1]) {
    const told = await runInventoryCommand("It", print(`${secret}${"x".repeat(4_000 - left)}${secret}`), {}, [secret]);
    expect(told.replace("(hidden)", "")).toMatch(/^x+$/);
  }
});
