/** A class over plain HTTP on a LAN address: an instructor, two students of one name, and the board. */
import { networkInterfaces } from "node:os";
import type { Browser, Page } from "@playwright/test";
import { startProduct } from "./product.ts";
import { CHAPTER, expect, test } from "./test.ts";

/** Making the cluster, and the grader's next look. */
const WORK_MS = 120_000;

const address = Object.values(networkInterfaces())
  .flat()
  .find((candidate) => candidate?.family === "IPv4" && !candidate.internal)?.address;

test("students join by code with labs of their own, and the board shows a passed step", async ({ browser, page }) => {
  test.setTimeout(600_000);
  expect(address, "this machine has no address besides loopback, so this cannot be tested here").toBeDefined();
  const product = await startProduct({ host: address as string });
  try {
    const link = () => new RegExp(`${product.url}/api/\\S+`).exec(product.output())?.[0];
    await expect.poll(link).toBeDefined();
    await page.goto(link() as string);
    await page.goto(`${product.url}/classes/new`);
    await page.getByLabel("Name of the class").fill("Dar es Salaam <b>2026</b>");
    for (const box of await page.getByRole("checkbox").all()) await box.check();
    await page.getByRole("button", { name: "Make the class" }).click();
    await expect(page.getByRole("heading", { name: "Dar es Salaam <b>2026</b>" })).toBeVisible();
    await expect(page.getByRole("img", { name: /QR code of/ })).toBeVisible();
    const code = ((await page.getByText("Joining:").locator("span").textContent()) ?? "").trim();

    const ana = await join(browser, product.url, `${code.slice(0, 4)}-${code.slice(4).toLowerCase()}`, "李");
    const ben = await join(browser, product.url, code, "李");
    await expect(ben.page.getByText("李 (2)")).toBeVisible();
    await expect(page.getByRole("rowheader", { name: /^李 ?never seen/ })).toBeVisible();

    await ana.page.goto(product.url + CHAPTER);
    await ben.page.goto(product.url + CHAPTER);
    await expect(ana.page.getByText("lab-s1").first()).toBeVisible();
    await expect(ben.page.getByText("lab-s2").first()).toBeVisible();
    const screen = ana.page.getByRole("tabpanel", { name: /pve1/ });
    await expect(screen.locator(".xterm-rows")).toContainText("root@pve1", { timeout: WORK_MS });
    await screen.getByRole("textbox").focus();
    await ana.page.keyboard.type("pvecm create lab-s1\n");
    const cell = (name: string) => page.getByRole("button", { name: `${name}, Create the cluster on pve1: Passed` });
    await expect(cell("李")).toBeVisible({ timeout: WORK_MS });
    await expect(cell("李 (2)")).toHaveCount(0);
    await cell("李").press("Enter");
    await expect(page.getByRole("region", { name: "Attempts" }).getByText("Passed").first()).toBeVisible();
    await page.screenshot({ path: "test-results/class-board.png", fullPage: true });
    await page.setViewportSize({ width: 390, height: 800 });
    await page.screenshot({ path: "test-results/class-board-phone.png", fullPage: true });

    await page.getByRole("button", { name: "Projector: hide names" }).click();
    await expect(page.getByText("李", { exact: false })).toHaveCount(0);
    const results = await page.request.get(`${page.url().replace("/classes/", "/api/classes/")}/results?bom=1`);
    expect(await results.text()).toMatch(/^\ufeffseat,[\s\S]*s1,李,create-a-cluster,create,[^\r]*,1,2/);

    const refused = await ben.page.goto(page.url());
    expect(refused?.status()).toBe(403);
    const other = await browser.newContext();
    const phone = await other.newPage();
    await phone.goto(`${product.url}/return#${ana.returnCode}`);
    await phone.getByRole("button", { name: "Come back" }).click();
    await expect(phone.getByText("Signed in as 李")).toBeVisible();
    await other.close();
  } finally {
    await product.close();
  }
});

async function join(
  browser: Browser,
  url: string,
  code: string,
  name: string,
): Promise<{ page: Page; returnCode: string }> {
  const page = await (await browser.newContext()).newPage();
  await page.goto(`${url}/join`);
  await page.getByLabel("Your name").fill(name);
  await page.getByLabel("Code of the class").fill("AAAA-BBBB");
  await page.getByRole("button", { name: "Join" }).click();
  await expect(page.getByRole("alert").filter({ hasText: "No class has this code" })).toBeVisible();
  await page.getByLabel("Code of the class").fill(code);
  await page.getByRole("button", { name: "Join" }).click();
  const returnCode = page.getByRole("region", { name: "Your return code" }).locator(".font-mono").first();
  await expect(returnCode).toHaveText(/^(\w{4}-){3}\w{4}$/);
  return { page, returnCode: (await returnCode.textContent()) ?? "" };
}
