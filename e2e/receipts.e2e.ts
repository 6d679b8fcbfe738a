/** From a passed step to what it rests on, on paper's terms too. */
import { CHAPTER, expect, test } from "./test.ts";

test("a passed step opens its receipt, which names nodes, lab and versions, and can be taken away", async ({
  ownProduct,
  page,
}) => {
  test.setTimeout(420_000);
  await page.goto(`${ownProduct.url}/receipts`);
  await expect(page.getByText("No step is passed yet.")).toBeVisible();
  await page.goto(ownProduct.url + CHAPTER);
  const screen = page.getByRole("tabpanel", { name: /pve1/ });
  await expect(screen.locator(".xterm-rows")).toContainText("root@pve1", { timeout: 120_000 });
  await screen.getByRole("textbox").focus();
  await page.keyboard.type("pvecm create lab\n");
  await page
    .getByRole("region", { name: "Steps of this chapter" })
    .getByRole("link", { name: /Passed at .*receipt/ })
    .click({ timeout: 120_000 });
  const receipt = page.getByRole("article", { name: "Create the cluster on pve1" });
  await expect(receipt).toBeInViewport();
  await expect(receipt.getByText("simulated nodes")).toBeVisible();
  await expect(receipt.getByText(/pve1, pve2, pve3/)).toBeVisible();
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.screenshot({ path: "test-results/receipts.png", fullPage: true });
  await page.setViewportSize({ width: 390, height: 800 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  await page.screenshot({ path: "test-results/receipts-phone.png", fullPage: true });
  const [pass] = (await (await page.request.get(`${ownProduct.url}/api/receipts`)).json()).passes;
  expect(pass.receipt.checks[0].evidence.length).toBeGreaterThan(0);
  expect(pass.receipt.graderVersion).toMatch(/\+[0-9a-f]{12}$/);
  await page.goto(ownProduct.url);
  await page.getByRole("link", { name: "Receipts of what you passed" }).click();
  await page.emulateMedia({ media: "print" });
  await expect(receipt).toBeVisible();
  await expect(page.getByRole("button", { name: "Print" })).toBeHidden();
});
