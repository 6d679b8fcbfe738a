/** A class that records, over plain HTTP: the notice, a student's own switch, and the replay for both sides. */
import type { Page } from "@playwright/test";
import { ownAddress, signInAdministrator, startProduct } from "./product.ts";
import { CHAPTER, expect, test } from "./test.ts";

test("students see that their class records, may switch it off, and replay what was kept", async ({
  browser,
  page,
}) => {
  test.setTimeout(600_000);
  const product = await startProduct({ host: ownAddress() });
  try {
    await signInAdministrator(page, product);
    await page.goto(`${product.url}/classes/new`);
    await page.getByLabel("Name of the class").fill("Recorded class");
    await page.getByLabel("Record what terminals print").check();
    await page.getByRole("button", { name: "Make the class" }).click();
    await expect(page.getByText("Terminals are recorded and kept for 30 days.")).toBeVisible();
    const code = ((await page.getByText("Joining:").locator("span").textContent()) ?? "").trim();

    const context = await browser.newContext();
    const student = await context.newPage();
    await student.goto(`${product.url}/join?code=${code}`);
    await student.getByLabel("Your name").fill("Asha");
    await student.getByRole("button", { name: "Join" }).click();
    await expect(student.getByText(/\b[A-Z0-9]{4}(-[A-Z0-9]{4})+\b/).first()).toBeVisible();
    await expect(student.getByText("This class records terminals.")).toBeVisible();
    await student.screenshot({ path: "test-results/recording-joined.png" });
    await student.goto(product.url + CHAPTER);
    const notice = student.getByRole("region", { name: "Recording of terminals" });
    await expect(notice.getByText("Recorded class records terminals.")).toBeVisible({ timeout: 120_000 });
    await student.screenshot({ path: "test-results/recording-notice.png" });
    await student.setViewportSize({ width: 390, height: 800 });
    await student.screenshot({ path: "test-results/recording-notice-phone.png" });
    await student.setViewportSize({ width: 1440, height: 900 });
    await notice.getByRole("button", { name: "Understood" }).click();
    await expect(student.getByText("Recorded: what your terminals print is kept.")).toBeVisible();

    await type(student, "echo seen in the re''play");
    await shows(student, "seen in the replay");
    await student.getByRole("button", { name: "Do not record mine" }).click();
    await expect(student.getByText("Your terminals are not recorded")).toBeVisible();
    await type(student, "echo never ke''pt");
    await shows(student, "never kept");

    await student.getByRole("button", { name: "Terminal menu" }).click();
    await student.getByRole("menuitem", { name: "My recordings" }).click();
    await student.getByRole("main").getByRole("link", { name: "pve1" }).click();
    await replayed(student);
    const recordingUrl = student.url();

    await page.getByRole("link", { name: "Asha", exact: true }).click();
    await page.getByRole("region", { name: "Recorded terminals" }).getByRole("link", { name: "pve1" }).click();
    await replayed(page);

    const other = await (await browser.newContext()).newPage();
    await other.goto(`${product.url}/join?code=${code}`);
    await other.getByLabel("Your name").fill("Other");
    await other.getByRole("button", { name: "Join" }).click();
    await expect(other.getByText(/\b[A-Z0-9]{4}(-[A-Z0-9]{4})+\b/).first()).toBeVisible();
    await other.getByRole("button", { name: "Do not record mine" }).click();
    await expect(other.getByText("Your terminals are not recorded.")).toBeVisible();
    expect((await other.goto(recordingUrl))?.status()).toBe(403);

    await student.getByRole("button", { name: "Delete the recording of pve1" }).click();
    const question = student.getByRole("alertdialog", { name: "Delete the recording of pve1?" });
    await question.getByRole("button", { name: "Keep it" }).click();
    await expect(question).toBeHidden();
    await student.getByRole("button", { name: "Delete the recording of pve1" }).click();
    await student.screenshot({ path: "test-results/recording-delete.png" });
    await question.getByRole("button", { name: "Delete it" }).click();
    await expect(student.getByRole("heading", { name: "My recordings" })).toBeVisible();
    await expect(student.getByText("Nothing is recorded.")).toBeVisible();
    expect((await student.goto(recordingUrl))?.status()).toBe(403);
  } finally {
    await product.close();
  }
});

/** Sought to its end it shows what was printed while it was on, and nothing later; it plays from the beginning. */
async function replayed(page: Page): Promise<void> {
  const replay = page.getByRole("region", { name: "Replay" });
  const place = replay.getByRole("slider", { name: "Place in the recording" });
  await expect(place).toBeEnabled();
  await place.press("End");
  const screen = replay.locator(".xterm-rows");
  await expect(screen).toContainText("seen in the replay");
  await expect(screen).not.toContainText("never kept");
  await replay.getByLabel("Speed").selectOption("16");
  await place.press("Home");
  await replay.getByRole("button", { name: "Play" }).click();
  await expect(replay.getByRole("status")).toHaveText("At the end");
  await expect(screen).toContainText("seen in the replay");
  await page.screenshot({ path: "test-results/recording-replay.png" });
  await page.setViewportSize({ width: 390, height: 800 });
  await page.reload();
  await expect(replay.getByRole("slider")).toBeEnabled();
  await page.screenshot({ path: "test-results/recording-replay-phone.png" });
  await page.setViewportSize({ width: 1440, height: 900 });
}

async function type(page: Page, command: string): Promise<void> {
  await page.getByRole("textbox", { name: /Terminal of pve1/ }).focus();
  await page.keyboard.type(`${command}\n`);
}

async function shows(page: Page, text: string): Promise<void> {
  await expect(page.getByTestId("terminal-pve1").locator(".xterm-rows")).toContainText(text, { timeout: 60_000 });
}
