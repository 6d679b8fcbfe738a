import { networkInterfaces } from "node:os";
import { startProduct } from "./product.ts";
import { CHAPTER, expect, test } from "./test.ts";

/** An address of this machine that others could use. */
function ownAddress(): string | undefined {
  return Object.values(networkInterfaces())
    .flat()
    .find((address) => address?.family === "IPv4" && !address.internal)?.address;
}

test("over plain HTTP on a LAN address a visitor is refused with one clear sentence, and the printed link signs in", async ({
  page,
}) => {
  test.setTimeout(400_000);
  const host = ownAddress();
  expect(host, "this machine has no address besides loopback, so this cannot be tested here").toBeDefined();
  const product = await startProduct({ host: host as string });
  try {
    for (const path of ["/", CHAPTER]) {
      await page.goto(product.url + path);
      await expect(page.getByRole("heading", { name: "You are not signed in" })).toBeVisible();
      await expect(page.getByText("ask the person who runs it", { exact: false })).toBeVisible();
    }
    expect(await page.evaluate(() => isSecureContext)).toBe(false);

    const link = new RegExp(`${product.url}/\\S+`).exec(product.output().replaceAll(`${product.url}/ `, ""))?.[0];
    expect(link, "npm start prints a link for the administrator").toBeDefined();
    await page.goto(link as string);
    await page.goto(product.url);
    await expect(page.getByRole("link", { name: "Start learning" })).toBeVisible();
    await page.goto(product.url + CHAPTER);
    await expect(page.getByRole("tab", { name: /pve1/ })).toBeVisible();
  } finally {
    await product.close();
  }
});
