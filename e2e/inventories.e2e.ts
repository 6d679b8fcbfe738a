/** Real nodes in the browser: an inventory that is wrong, one that is right, the doctor, and who is refused. */
import { ownAddress, signInAdministrator, startProduct } from "./product.ts";
import { expect, test } from "./test.ts";

/** Port 9 of loopback: nobody answers there. */
const YAML = `inventory: room
defaults:
  ssh: { password: very-secret, port: 9 }
seats:
  - groups: 1-2
    nodes:
      - { name: "pve{n}", n: 1-3, ssh: { host: "127.0.{group}.{n}" } }
`;

test("an administrator imports an inventory, examines its nodes and gives it to labs", async ({ browser, page }) => {
  test.setTimeout(420_000);
  const product = await startProduct({ host: ownAddress() });
  try {
    await signInAdministrator(page, product);
    await page.goto(product.url);
    await page.getByRole("link", { name: "Real nodes" }).click();
    await page.getByLabel("YAML").fill(YAML.replace("1-2", "many"));
    await page.getByRole("button", { name: "Import" }).click();
    await expect(page.getByRole("alert").filter({ hasText: "line 5" })).toBeVisible();
    await page
      .getByLabel("From a file")
      .setInputFiles({ name: "room.yaml", mimeType: "text/yaml", buffer: Buffer.from(YAML) });
    await expect(page.getByLabel("YAML")).toHaveValue(YAML);
    await page.getByRole("button", { name: "Import" }).click();
    const room = page.getByRole("region", { name: "room" });
    await expect(room.getByText("2 seats, 6 nodes, 0 taken")).toBeVisible();
    await room.getByLabel("New labs on it:").selectOption("outside");
    await expect(room.getByLabel("New labs on it:")).toHaveValue("outside");
    await room.getByRole("button", { name: "Examine every node" }).click();
    const found = room.getByRole("list", { name: "What the doctor found" });
    await expect(found.getByText("Next:").first()).toBeVisible({ timeout: 60_000 });
    await page.screenshot({ path: "test-results/inventories.png", fullPage: true });
    await page.setViewportSize({ width: 390, height: 800 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    await page.screenshot({ path: "test-results/inventories-phone.png", fullPage: true });
    expect(await page.content()).not.toContain("very-secret");

    const visitor = await (await browser.newContext()).newPage();
    expect((await visitor.goto(`${product.url}/inventories`))?.status()).toBe(401);
    const doctor = await visitor.request.post(`${product.url}/api/inventories/room/doctor`, { data: { trust: true } });
    expect(doctor.status()).toBe(401);
    await room.getByRole("button", { name: "Remove room" }).click();
    await room.getByRole("button", { name: "Remove it" }).click();
    await expect(room).toHaveCount(0);
  } finally {
    await product.close();
  }
});
