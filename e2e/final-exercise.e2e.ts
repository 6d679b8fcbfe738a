/** The final exercise from its start to a partial score, and the record that is taken away and verified. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "./test.ts";

const COURSE = "/learn/vm-migration-and-clustering";
const WORK_MS = 150_000;

/** Whatever was drawn for this lab, the shop runs after it: what does not apply only prints why. */
const REPAIR_SHOP = [
  "pvesm set shared --disable 0; pvesm set shared --delete nodes",
  "pvesm add nfs shared --server $(hostname -i | sed 's/[0-9]*$/5/') --export /export/guests --content images",
  "qm unlock 231; mv /etc/pve/nodes/pve4/qemu-server/231.conf /etc/pve/nodes/pve1/qemu-server/",
  // One that was paused runs after the first; one that was off starts as soon as the storage is there.
  "qm resume 231; for try in 1 2 3 4 5 6; do qm start 231 && break; sleep 5; done",
];

test("the exercise begins broken, counts what is mended, and stands in a record that can be verified", async ({
  ownProduct,
  page,
}) => {
  test.setTimeout(500_000);
  await page.goto(`${ownProduct.url}${COURSE}/final-exercise`);
  const exercise = page.getByRole("region", { name: "Your exercise" });
  await expect(exercise).toContainText("not yet");
  const screen = page.getByRole("tabpanel", { name: "pve1" }).locator(".xterm-rows");
  await expect(screen).toContainText("root@pve1:~#", { timeout: WORK_MS });

  await exercise.getByRole("button", { name: "Begin the exercise" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Begin now" }).click();
  await expect(exercise.getByRole("button", { name: "Begin again" })).toBeEnabled({ timeout: WORK_MS });
  await expect(screen).toContainText("new shell on pve1", { timeout: WORK_MS });
  // Of the cluster that is broken, not of the separate nodes before: there no machine was known at all.
  const shop = page.locator('[data-check="shop"]');
  await expect(shop).toHaveAttribute("data-state-is", "not-yet", { timeout: WORK_MS });
  await expect(page.locator('[data-check="votes"]')).toContainText(/expects [2456]|a QDevice votes/, {
    timeout: WORK_MS,
  });
  await expect(exercise).toContainText("0 %");

  await page.getByRole("tabpanel", { name: "pve1" }).getByRole("textbox").focus();
  for (const line of REPAIR_SHOP) await page.keyboard.type(`${line}\n`);
  await expect(shop).toHaveAttribute("data-state-is", "passed", { timeout: WORK_MS });
  await expect(page.locator('[data-check="votes"]')).toHaveAttribute("data-state-is", "not-yet");
  // Three of fourteen, or five where every node is there to say that the storage can be used.
  await expect(exercise).toContainText(/(21|36) %/);
  await expect(page.getByRole("region", { name: "Steps of this chapter" })).not.toContainText("Passed at");
  await page.reload();
  await expect(exercise).toContainText(/(21|36) %/, { timeout: WORK_MS });
  await expect(exercise.getByRole("button", { name: "Begin again" })).toBeVisible();
  await page.screenshot({ path: "test-results/final-exercise.png" });

  await page.goto(`${ownProduct.url}${COURSE}/record`);
  await expect(page.getByRole("heading", { name: "Record of completion" })).toBeVisible();
  await expect(page.getByText(/(21|36) % at best, not finished/)).toBeVisible();
  await expect(page.getByText("The learner held the key that signs it.")).toBeVisible();
  await page.setViewportSize({ width: 390, height: 800 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  await page.screenshot({ path: "test-results/record-phone.png", fullPage: true });
  await page.emulateMedia({ media: "print" });
  await expect(page.getByRole("button", { name: "Print" })).toBeHidden();
  await expect(page.getByText("The learner held the key that signs it.")).toBeVisible();

  const answer = await page.request.get(`${ownProduct.url}/api/records/vm-migration-and-clustering`);
  expect(answer.headers()["content-disposition"]).toContain("attachment");
  const record = await answer.text();
  const key = await (await page.request.get(`${ownProduct.url}/api/record-key`)).text();
  const folder = mkdtempSync(join(tmpdir(), "qe2e-record-"));
  try {
    const keyFile = join(folder, "key.pem");
    writeFileSync(keyFile, key);
    const verified = (name: string, text: string) => {
      const file = join(folder, name);
      writeFileSync(file, text);
      const command = fileURLToPath(new URL("../server/verify-record-command.ts", import.meta.url));
      return spawnSync(process.execPath, [command, file, "--key", keyFile], { encoding: "utf8" });
    };
    const good = verified("record.json", record);
    expect(good.stdout).toMatch(/^GOOD: /);
    expect(good.stdout).toContain("The learner held the key");
    expect(good.status).toBe(0);
    const better = record.replace(/"score": 0\.\d+/, '"score": 1');
    expect(better).not.toBe(record);
    const tampered = verified("better.json", better);
    expect(tampered.stdout).toMatch(/^CHANGED: /);
    expect(tampered.status).toBe(1);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
