import { CHAPTER, expect, test } from "./test.ts";

test("home says what this is, what is needed, and leads to the first chapter", async ({ product, page }) => {
  await page.goto(product.url);
  await expect(page.getByRole("heading", { level: 1 })).toContainText("learned by doing");
  await expect(page.getByText("You need", { exact: true })).toBeVisible();
  // Other tests may have been there before: then it is the way on.
  await page.getByRole("link", { name: /^(Start learning|Go on)$/ }).click();
  await expect(page).toHaveURL(/\/learn\/vm-migration-and-clustering\/[a-z-]+$/);
  await expect(page.getByRole("heading", { level: 2, name: "Further reading" })).toBeAttached();
});

test("whoever learns alone reads what is meant for instructors, chapter by chapter", async ({ product, page }) => {
  await page.goto(product.url);
  await page.getByRole("link", { name: "For whoever teaches it" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Instructor notes" })).toBeVisible();
  const timings = page.getByRole("heading", { level: 3, name: "Timing" });
  expect(await timings.count()).toBe(await page.getByRole("heading", { level: 2 }).count());
  await page.getByRole("link", { name: "8 Quorum: who may go on" }).first().click();
  await expect(page.getByRole("heading", { level: 2, name: "8 Quorum: who may go on" })).toBeInViewport();
});

test("an unknown chapter is a 404 that lists the chapters there are", async ({ product, page }) => {
  const response = await page.goto(`${product.url}/learn/vm-migration-and-clustering/no-such-chapter`);
  expect(response?.status()).toBe(404);
  await expect(page.getByRole("heading", { name: "There is no such page" })).toBeVisible();
  await page.getByRole("link", { name: "Create a cluster and join two nodes" }).click();
  await expect(page).toHaveURL(product.url + CHAPTER);
});

test("the theme follows the system until the switch says otherwise, and the choice is kept", async ({
  product,
  page,
}) => {
  const background = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  await page.emulateMedia({ colorScheme: "light" });
  await page.goto(product.url);
  const light = await background();
  await page.emulateMedia({ colorScheme: "dark" });
  const dark = await background();
  expect(dark).not.toBe(light);
  await page.getByRole("button", { name: "Theme: system. Change to light." }).click();
  expect(await background()).toBe(light);
  await page.reload();
  expect(await background()).toBe(light);
});

test("nothing on a page comes from another server", async ({ product, page }) => {
  const foreign: string[] = [];
  page.on("request", (request) => {
    const { protocol, host } = new URL(request.url());
    if (protocol.startsWith("http") && host !== new URL(product.url).host) foreign.push(request.url());
  });
  await page.goto(product.url);
  await page.goto(product.url + CHAPTER);
  await expect(page.getByRole("tab", { name: /pve1/ })).toBeVisible();
  expect(foreign).toEqual([]);
});

test("home, an unknown page and a chapter without a translation follow the language that was chosen", async ({
  product,
  page,
}) => {
  await page.goto(product.url);
  await page.getByRole("button", { name: "Español" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText("aprender haciendo");
  await expect(page.locator("html")).toHaveAttribute("lang", "es");
  await expect(page.getByRole("link", { name: /Tu laboratorio/ }).last()).toBeVisible();
  await page.goto(`${product.url}/learn/vm-migration-and-clustering/no-such-chapter`);
  await expect(page.getByRole("heading", { name: "Esa página no existe" })).toBeVisible();
  await page.goto(product.url + CHAPTER);
  await expect(page.getByText("Este capítulo todavía no está traducido.")).toBeVisible();
  await expect(page.getByRole("heading", { level: 1 })).toHaveAttribute("lang", "en");
  // What instructors read is in English, whatever was chosen.
  await page.goto(`${product.url}/learn/vm-migration-and-clustering/notes`);
  await expect(page.getByRole("heading", { level: 1, name: "Instructor notes" })).toBeVisible();
  await expect(page.getByRole("button", { name: "Print" })).toBeVisible();
});
