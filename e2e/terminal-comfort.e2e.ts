/** What makes the terminal comfortable: search, text size, side by side, text view, pastes, and keys for a finger. */
import type { Page } from "@playwright/test";
import { focus, lines, open, paste, run, screen, sees } from "./terminal-page.ts";
import { expect, test } from "./test.ts";

test("search finds a word in the lines and Escape goes back to the shell", async ({ product, page }) => {
  await open(page, product.url, "pve1");
  await run(page, "echo one needle; echo two needle; printf nee; echo dle");
  await sees(page, "pve1", "\ntwo needle\nneedle");
  await page.keyboard.press("Control+Shift+F");
  const search = page.getByRole("search", { name: "Search in pve1" });
  await search.getByRole("searchbox").fill("needle");
  await expect(search.getByRole("status")).toHaveText(/\d+ of \d+/);
  await search.getByRole("searchbox").fill("haystack never printed");
  await expect(search.getByRole("status")).toHaveText("not found");
  await page.keyboard.press("Escape");
  await expect(search).toBeHidden();
  await run(page, "echo typed after the search");
  await sees(page, "pve1", "\ntyped after the search");
});

test("larger text leaves fewer columns, and the shell is told", async ({ product, page }) => {
  await open(page, product.url, "pve1");
  const before = await columns(page, "before");
  await page.getByRole("button", { name: "Terminal menu" }).click();
  const larger = page.getByRole("menuitem", { name: /Larger text/ });
  for (let step = 0; step < 4; step++) await larger.click();
  await page.keyboard.press("Escape");
  await focus(page, "pve1");
  expect(await columns(page, "after")).toBeLessThan(before);
});

test("two nodes stand side by side, and typing goes where the focus is", async ({ product, page }) => {
  await open(page, product.url, "pve1");
  await page.getByRole("button", { name: "Terminal menu" }).click();
  await page.getByRole("menuitemcheckbox", { name: "Side by side" }).click();
  await page.keyboard.press("Escape");
  await sees(page, "pve2", "#");
  await expect(screen(page, "pve1")).toBeVisible();
  await focus(page, "pve2");
  await run(page, "echo here on $HOSTNAME");
  await sees(page, "pve2", "\nhere on pve2");
  await expect(page.getByRole("tab", { name: "pve2" })).toHaveAttribute("aria-selected", "true");
  await expect(screen(page, "pve1")).toBeVisible();
});

test("a second shell on a node is another one, and ends with its tab", async ({ product, page }) => {
  await open(page, product.url, "pve1");
  await run(page, "which=first");
  await page.getByRole("button", { name: "Another shell on pve1" }).click();
  await sees(page, "pve1 (2)", "#");
  await page.getByRole("textbox", { name: "Terminal of pve1 (2)" }).focus();
  await run(page, "echo here ${which-another}");
  await sees(page, "pve1 (2)", "\nhere another");
  await page.reload();
  await page.getByRole("tab", { name: "pve1 (2)" }).click();
  await sees(page, "pve1 (2)", "\nhere another");
  await page.getByRole("button", { name: "End the shell pve1 (2)" }).click();
  await expect(page.getByRole("tab", { name: "pve1 (2)" })).toHaveCount(0);
  await expect(page.getByRole("tab", { name: "pve1" })).toHaveAttribute("aria-selected", "true");
});

test("the lines can be read as text", async ({ product, page }) => {
  await open(page, product.url, "pve2");
  await run(page, "echo for a screen reader");
  await sees(page, "pve2", "\nfor a screen reader");
  await page.getByRole("button", { name: "Terminal menu" }).click();
  await page.getByRole("menuitem", { name: "Show as text" }).click();
  const transcript = page.getByRole("region", { name: "Transcript of pve2" });
  await expect(transcript).toContainText("for a screen reader");
  await transcript.getByRole("button", { name: "Back to the terminal" }).click();
  await expect(transcript).toBeHidden();
});

test("a paste of several commands is asked about, and only then run", async ({ product, page }) => {
  await open(page, product.url, "pve3");
  // A shell at its prompt knows bracketed paste and runs nothing by itself; while a command runs, lines are typed ahead.
  await run(page, "echo busy; sleep 8");
  await sees(page, "pve3", "\nbusy");
  await paste(page, "pve3", "echo not wanted\necho nor this\n");
  const question = page.getByRole("alertdialog", { name: "Paste 2 lines into pve3?" });
  await question.getByRole("button", { name: "Cancel" }).click();
  await paste(page, "pve3", "echo first pasted\necho second pasted\n");
  await question.getByRole("button", { name: "Paste" }).click();
  await sees(page, "pve3", "\nsecond pasted");
  expect(await lines(page, "pve3")).not.toContain("not wanted");
});

test("a finger has the keys that its keyboard lacks", async ({ product, browser }) => {
  const context = await browser.newContext({ hasTouch: true, isMobile: true, viewport: { width: 1000, height: 800 } });
  const page = await context.newPage();
  await open(page, product.url, "pve1");
  await run(page, "while true; do :; done");
  const keys = page.getByRole("toolbar", { name: "Keys for pve1" });
  await keys.getByRole("button", { name: "Ctrl" }).click();
  await page.keyboard.type("c");
  await run(page, "echo ended with $?");
  await sees(page, "pve1", "\nended with 130");
  await keys.getByRole("button", { name: "Up" }).click();
  await page.keyboard.press("Enter");
  await sees(page, "pve1", "\nended with 0");
  await context.close();
});

test("after a restart of Quorate the old screen stands above a new shell, which says why", async ({
  ownProduct,
  page,
}) => {
  test.setTimeout(420_000);
  await open(page, ownProduct.url, "pve2");
  await run(page, "lost=no; echo before the restart");
  await sees(page, "pve2", "\nbefore the restart");
  await ownProduct.restart();
  await expect.poll(() => lines(page, "pve2"), { timeout: 90_000 }).toContain("the shell above ended with it");
  expect(await lines(page, "pve2")).toContain("\nbefore the restart");
  await focus(page, "pve2");
  await run(page, "echo ${lost-new shell}");
  await sees(page, "pve2", "\nnew shell");
});

/** As the shell has them. */
async function columns(page: Page, word: string): Promise<number> {
  await run(page, `echo ${word} $COLUMNS .`);
  await sees(page, "pve1", `\n${word} `);
  return Number(new RegExp(`\n${word} (\\d+) \\.`).exec(await lines(page, "pve1"))?.[1]);
}
