/** The whole path of a learner: three nodes become a cluster, the grader sees it, and a restart changes nothing. */
import type { Page } from "@playwright/test";
import { CHAPTER, expect, test } from "./test.ts";

/** A join takes 13 s on the node; the grader looks every few seconds. */
const WORK_MS = 90_000;

test("a learner creates a cluster, joins two nodes, and finds everything after reload and restart", async ({
  ownProduct,
  page,
}) => {
  test.setTimeout(600_000);
  await page.goto(ownProduct.url);
  await page.getByRole("link", { name: "Start learning" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Your lab");
  await page.goto(ownProduct.url);
  await page.getByRole("link", { name: "Create a cluster and join two nodes" }).click();
  await expect(stepState(page, 1)).toContainText(/Not yet|Not checked/);
  const password = (await page.getByText("In this lab it is").locator("code").last().textContent()) ?? "";

  await typeIn(page, "pve1", "pvecm create lab");
  await sees(page, "pve1", "Restart corosync and cluster filesystem");
  await expect(stepState(page, 1)).toContainText("Passed at", { timeout: WORK_MS });
  await expect(stepState(page, 2)).not.toContainText("Passed");

  for (const [step, node] of [
    [2, "pve2"],
    [3, "pve3"],
  ] as const) {
    await typeIn(page, node, "pvecm add pve1");
    await sees(page, node, "superuser (root) password for 'pve1':");
    await type(page, password);
    await sees(page, node, "Are you sure you want to continue connecting (yes/no)?");
    await type(page, "yes");
    await sees(page, node, `successfully added node '${node}' to cluster.`);
    await expect(stepState(page, step)).toContainText("Passed at", { timeout: WORK_MS });
  }
  await page.getByRole("button", { name: "Check all steps" }).click();
  await expect(stepState(page, 4)).toContainText("Passed at", { timeout: WORK_MS });
  await expect(stepState(page, 4)).toContainText("true now");

  await page.reload();
  for (const step of [1, 2, 3, 4]) await expect(stepState(page, step)).toContainText("Passed at");
  await page.getByRole("tab", { name: /pve3/ }).click();
  await sees(page, "pve3", "successfully added node 'pve3' to cluster.");

  await ownProduct.restart();
  await page.goto(ownProduct.url);
  await expect(page.getByRole("paragraph").filter({ hasText: /4 of \d+ steps passed/ })).toBeVisible();
  await page.getByRole("link", { name: "Go on", exact: true }).click();
  await expect(page).toHaveURL(ownProduct.url + CHAPTER);
  for (const step of [1, 2, 3, 4]) await expect(stepState(page, step)).toContainText("Passed at");
  await typeIn(page, "pve2", "pvecm nodes");
  await sees(page, "pve2", "pve2 (local)");
  await expect(stepState(page, 4)).toContainText("true now", { timeout: WORK_MS });
});

/** The line of the list of steps. */
function stepState(page: Page, step: number) {
  return page
    .getByRole("region", { name: "Steps of this chapter" })
    .getByRole("listitem")
    .nth(step - 1);
}

async function typeIn(page: Page, node: string, command: string): Promise<void> {
  await page.getByRole("tab", { name: node }).click();
  await sees(page, node, "#");
  await page.getByRole("tabpanel", { name: node }).getByRole("textbox").focus();
  await type(page, command);
}

async function type(page: Page, text: string): Promise<void> {
  await page.keyboard.type(text);
  await page.keyboard.press("Enter");
}

/** What stands on a node's screen, as a reader of it would see it. */
async function sees(page: Page, node: string, text: string): Promise<void> {
  const screen = page.getByRole("tabpanel", { name: node }).locator(".xterm-rows");
  await expect
    .poll(async () => ((await screen.textContent()) ?? "").replace(/\s+/g, " "), { timeout: WORK_MS })
    .toContain(text.replace(/\s+/g, " "));
}
