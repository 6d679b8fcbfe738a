/** The lab's picture: what the nodes say, drawn, and power and cables to press. */
import type { Page } from "@playwright/test";
import { CHAPTER, expect, test } from "./test.ts";

/** A look every 3 s, a silent node's time to be given up, and a slow machine. */
const SEEN_MS = 60_000;

test("the picture tells a cluster that is made and a plug that is pulled, and power and cables come back", async ({
  ownProduct,
  page,
}) => {
  test.setTimeout(480_000);
  await page.goto(ownProduct.url + CHAPTER);
  const picture = page.getByRole("region", { name: "Lab picture" });
  await expect(picture.getByRole("status")).toHaveText("No cluster: pve1, pve2, pve3", { timeout: SEEN_MS });

  await typeIn(page, "pve1", "pvecm create lab");
  await expect(picture.getByRole("status")).toHaveText("Cluster lab · Quorate: pve1 · No cluster: pve2, pve3", {
    timeout: SEEN_MS,
  });
  await expect(node(page, "pve1")).toContainText("1 of 1 votes");
  await expect(node(page, "pve1")).toHaveAccessibleName(/cluster lab is quorate/);

  // With the keyboard alone.
  await node(page, "pve3").focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("button", { name: "Pull the plug of pve3" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(node(page, "pve3")).toContainText("Off");
  await expect(node(page, "pve3")).toBeFocused();
  const events = picture.getByRole("list", { name: "Events, newest first" });
  await expect(events).toContainText("pve3 lost its power.");
  await expect(events).toContainText("pve3 does not answer any more.", { timeout: SEEN_MS });

  await node(page, "pve3").click();
  await page.getByRole("button", { name: "Power on pve3" }).click();
  await expect(node(page, "pve3")).toContainText("No cluster", { timeout: SEEN_MS });
  await expect(events).toContainText("pve3 answers again.");

  await picture.getByRole("button", { name: "The cable between pve1 and pve2 (network lan) is in." }).click();
  await page.getByRole("button", { name: "Pull this cable" }).click();
  await picture.getByRole("button", { name: "The cable between pve1 and pve2 (network lan) is pulled." }).click();
  await page.getByRole("button", { name: "Put this cable back" }).click();
  await expect(
    picture.getByRole("button", { name: "The cable between pve1 and pve2 (network lan) is in." }),
  ).toBeVisible();

  const switches = picture.getByRole("list", { name: "Watchdogs and storage" });
  await switches.getByRole("button", { name: "Watchdogs work" }).click();
  await page.getByRole("button", { name: "Take the watchdogs away" }).click();
  await expect(events).toContainText("The watchdogs were taken away.");
  await switches.getByRole("button", { name: "Watchdogs taken away" }).click();
  await page.getByRole("button", { name: "Give the watchdogs back" }).click();
  await expect(switches.getByRole("button", { name: "Watchdogs work" })).toBeVisible();
  await switches.getByRole("button", { name: "Storage server on" }).click();
  await page.getByRole("button", { name: "Cut pve2 off from it" }).click();
  await expect(switches.getByRole("button", { name: "Storage server cut off" })).toBeVisible();
  await expect(events).toContainText("pve2 was cut off from the storage server.");

  await page.reload();
  await expect(events).toContainText("pve1 says: quorate.");
  await picture.getByRole("button", { name: "Lab", exact: true }).click();
  await expect(node(page, "pve1")).toBeHidden();
  await page.reload();
  await expect(picture.getByRole("status")).toContainText("Quorate: pve1");
  await expect(node(page, "pve1")).toBeHidden();
});

test("on a narrow screen the picture is a view of its own, and nothing of it is cut off", async ({ product, page }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  await page.goto(product.url + CHAPTER);
  const picture = page.getByRole("region", { name: "Lab picture" });
  await expect(picture).toBeHidden();
  await page.getByRole("radio", { name: "Lab" }).click();
  await expect(page.getByRole("region", { name: "Terminals" })).toBeHidden();
  for (const name of ["pve1", "pve2", "pve3"]) await expect(node(page, name)).toBeInViewport({ ratio: 1 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
});

function node(page: Page, name: string) {
  return page
    .getByRole("list", { name: "Nodes", exact: true })
    .getByRole("button", { name: new RegExp(`^${name}\\b`) });
}

async function typeIn(page: Page, name: string, command: string): Promise<void> {
  await page.getByRole("tab", { name }).click();
  const screen = page.getByRole("tabpanel", { name }).locator(".xterm-rows");
  await expect(screen).toContainText("#", { timeout: 60_000 });
  await page.getByRole("tabpanel", { name }).getByRole("textbox").focus();
  await page.keyboard.type(command);
  await page.keyboard.press("Enter");
}
