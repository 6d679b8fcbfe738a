/** The terminal as a learner has it: a browser, the gateway, and a shell on a simulated node. */
import type { Page } from "@playwright/test";
import { rawSocket } from "../gateway/testing/test-browser.ts";
import { CHAPTER, expect, test } from "./test.ts";

test("a reload gives the same shell with its screen back", async ({ product, page }) => {
  await open(page, product.url, "pve1");
  await run(page, "kept=yes; echo before the reload");
  await sees(page, "pve1", "\nbefore the reload");
  await page.reload();
  await sees(page, "pve1", "\nbefore the reload");
  await focus(page, "pve1");
  await run(page, "echo it is $kept");
  await sees(page, "pve1", "\nit is yes");
});

test("another page has the same shell, and what is typed in one is seen in the other", async ({ product, page }) => {
  await open(page, product.url, "pve1");
  const other = await page.context().newPage();
  await open(other, product.url, "pve1");
  await run(other, "echo from the other page");
  await sees(page, "pve1", "\nfrom the other page");
});

test("the shell has the window's size, and follows it", async ({ product, page }) => {
  await open(page, product.url, "pve2");
  await run(page, "echo wide $COLUMNS .");
  await sees(page, "pve2", /\nwide (\d+) \./);
  const wide = await columns(page, "wide");
  await page.setViewportSize({ width: 1_000, height: 700 });
  await expect.poll(() => page.locator("#terminals").evaluate((element) => element.clientWidth)).toBeLessThan(600);
  await run(page, "echo narrow $COLUMNS .");
  await sees(page, "pve2", /\nnarrow (\d+) \./);
  expect(await columns(page, "narrow")).toBeLessThan(wide);
});

test("copy and paste work with the usual keys, and ^C ends a program when nothing is selected", async ({
  product,
  page,
}) => {
  await open(page, product.url, "pve3");
  await run(page, "echo copyme");
  await sees(page, "pve3", "\ncopyme");
  const line = screen(page, "pve3")
    .locator("> div")
    .filter({ hasText: /^copyme/ });
  const box = await line.boundingBox();
  if (!box) throw new Error("the line is not on the screen");
  await page.mouse.dblclick(box.x + 20, box.y + box.height / 2);
  await page.keyboard.press("Control+C");
  await page.keyboard.type("echo pasted: ");
  await page.keyboard.press("Control+V");
  await page.keyboard.press("Enter");
  await sees(page, "pve3", "\npasted: copyme");
  await run(page, "while true; do :; done");
  await page.keyboard.press("Control+C");
  await run(page, "echo ended with $?");
  await sees(page, "pve3", "\nended with 130");
});

test("a command beside the text is typed into its node's tab, which gets the focus", async ({ product, page }) => {
  await open(page, product.url, "pve1");
  const command = page.getByLabel(/^Command for pve2$/).first();
  await command.getByRole("button", { name: "Run in pve2" }).click();
  await expect(page.getByRole("tab", { name: /pve2/ })).toHaveAttribute("aria-selected", "true");
  await expect(page.getByRole("tabpanel", { name: /pve2/ }).getByRole("textbox")).toBeFocused();
  await page.keyboard.press("Control+C");
  await page.keyboard.press("Control+F6");
  await expect(page.getByRole("tab", { name: /pve2/ })).toBeFocused();
});

test("a node that loses its power says so, and comes back by itself", async ({ ownProduct, page }) => {
  test.setTimeout(420_000);
  await open(page, ownProduct.url, "pve2");
  const labId = /labId\\?":\\?"([^"\\]+)/.exec(await page.content())?.[1] ?? "";
  const socket = rawSocket(ownProduct.url);
  const power = (state: "on" | "off") =>
    socket.emitWithAck("lab:fault", { labId, fault: { kind: "power", node: "pve2", state } });
  expect(await power("off")).toEqual({ ok: true });
  const panel = page.getByRole("tabpanel", { name: /pve2/ });
  await expect(panel.getByRole("status")).toContainText("pve2 does not answer: it may be powered off.", {
    timeout: 40_000,
  });
  await expect(panel.getByText(/Trying again in \d+ s\.|Trying now…/)).toBeVisible();
  expect(await power("on")).toEqual({ ok: true });
  await sees(page, "pve2", "--- new shell on pve2 ---");
  await focus(page, "pve2");
  await run(page, "echo back");
  await sees(page, "pve2", "\nback");
  socket.close();
});

const screen = (page: Page, node: string) => page.getByRole("tabpanel", { name: node }).locator(".xterm-rows");

async function open(page: Page, url: string, node: string): Promise<void> {
  await page.goto(url + CHAPTER);
  await page.getByRole("tab", { name: node }).click();
  await sees(page, node, "#");
  await focus(page, node);
}

async function focus(page: Page, node: string): Promise<void> {
  await page.getByRole("tabpanel", { name: node }).getByRole("textbox").focus();
}

async function run(page: Page, command: string): Promise<void> {
  await page.keyboard.type(command);
  await page.keyboard.press("Enter");
}

/** Lines as they stand on the screen. */
async function lines(page: Page, node: string): Promise<string> {
  const rows = await screen(page, node).locator("> div").allTextContents();
  return rows.map((row) => row.replace(/\u00a0/g, " ").trimEnd()).join("\n");
}

async function sees(page: Page, node: string, text: string | RegExp): Promise<void> {
  const shown = expect.poll(() => lines(page, node), { timeout: 30_000 });
  if (typeof text === "string") await shown.toContain(text);
  else await shown.toMatch(text);
}

async function columns(page: Page, word: string): Promise<number> {
  return Number(new RegExp(`\n${word} (\\d+) \\.`).exec(await lines(page, "pve2"))?.[1]);
}
