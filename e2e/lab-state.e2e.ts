/** A learner prepares the chapter's lab again, and goes back to what was there before. */
import type { Page } from "@playwright/test";
import { CHAPTER, expect, test } from "./test.ts";

const WORK_MS = 90_000;

test("a lab is set up anew and brought back, and what was passed stays passed", async ({ ownProduct, page }) => {
  test.setTimeout(400_000);
  await page.goto(ownProduct.url + CHAPTER);
  const screen = page.getByRole("tabpanel", { name: "pve1" }).locator(".xterm-rows");
  await expect(screen).toContainText("root@pve1:~#", { timeout: WORK_MS });
  await type(page, "pvecm create lab");
  const firstStep = page.getByRole("region", { name: "Steps of this chapter" }).getByRole("listitem").first();
  await expect(firstStep).toContainText("Passed at", { timeout: WORK_MS });

  await page.getByRole("button", { name: "Set up or go back" }).click();
  await page.getByRole("button", { name: "Prepare the lab for this chapter" }).click();
  const question = page.getByRole("alertdialog");
  await expect(question).toContainText("the last three states are kept");
  await page.keyboard.press("Escape");
  await expect(question).toBeHidden();
  await expect(page.getByText("Before chapter 5 was prepared")).toHaveCount(0);

  await page.getByRole("button", { name: "Prepare the lab for this chapter" }).click();
  await question.getByRole("button", { name: "Prepare the lab" }).click();
  await expect(page.getByText("Before chapter 5 was prepared")).toBeVisible({ timeout: WORK_MS });
  await expect(screen).toContainText("new shell on pve1", { timeout: WORK_MS });
  await type(page, "pvecm nodes");
  await expect(screen).toContainText("is this node part of a cluster?", { timeout: WORK_MS });
  await expect(firstStep).toContainText("Passed at");
  await expect(firstStep).toContainText("not true now", { timeout: WORK_MS });

  await page.getByRole("button", { name: "Go back", exact: true }).click();
  await question.getByRole("button", { name: "Go back" }).click();
  await expect(page.getByText("Left in chapter 5, to go back")).toBeVisible({ timeout: WORK_MS });
  await expect(async () => {
    await type(page, "clear; pvecm nodes");
    await expect(screen).toContainText("pve1 (local)", { timeout: 3_000 });
  }).toPass({ timeout: WORK_MS });
});

/** Into the terminal that is on screen. */
async function type(page: Page, command: string): Promise<void> {
  await page.getByRole("tabpanel", { name: "pve1" }).getByRole("textbox").focus();
  await page.keyboard.type(`${command}\n`);
}

test("one node is installed anew after it was said what is lost, and the others keep their shells and files", async ({
  ownProduct,
  page,
}) => {
  test.setTimeout(400_000);
  await page.goto(ownProduct.url + CHAPTER);
  const screen = page.getByRole("tabpanel", { name: "pve1" }).locator(".xterm-rows");
  await expect(screen).toContainText("root@pve1:~#", { timeout: WORK_MS });
  await type(page, "echo mine-$((40+2)) > note");
  await page.getByRole("button", { name: "Set up or go back" }).click();
  await page.getByRole("combobox", { name: "Change" }).selectOption("pve2");
  await page.getByRole("button", { name: "Install pve2 anew" }).click();
  const question = page.getByRole("alertdialog");
  await expect(question).toContainText("Lost on pve2: its files");
  await expect(question).toContainText("pvecm delnode pve2");
  await question.getByRole("button", { name: "Install pve2 anew" }).click();
  await expect(page.getByText("Before pve2 was installed anew")).toBeVisible({ timeout: WORK_MS });
  await type(page, "clear; cat note");
  await expect(screen).toContainText("mine-42", { timeout: WORK_MS });
  await expect(screen).not.toContainText("new shell on pve1");
});
