/** A real node that was installed anew, in a class: what the student reads, and how the instructor accepts its new key. */
import type { Page } from "@playwright/test";
import { TestNode } from "../gateway/testing/test-node.ts";
import { ownAddress, signInAdministrator, startProduct } from "./product.ts";
import { CHAPTER, expect, test } from "./test.ts";

test("a student is told whom to ask about another host key, and the instructor compares and accepts it", async ({
  browser,
  page,
}) => {
  test.setTimeout(420_000);
  const nodes = ["pve1", "pve2", "pve3"].map((name) => new TestNode(name));
  for (const node of nodes) await node.start();
  const first = nodes[0] as TestNode;
  const product = await startProduct({ host: ownAddress() });
  try {
    await signInAdministrator(page, product);
    const code = await classOnNodes(page, product.url, nodes);
    const before = first.hostKeySha256;
    await first.stop();
    first.reinstall();
    await first.start();

    const student = await (await browser.newContext()).newPage();
    await student.goto(`${product.url}/join?code=${code}`);
    await student.getByLabel("Your name").fill("Asha");
    await student.getByRole("button", { name: "Join" }).click();
    await expect(student.getByText("You are in, as Asha")).toBeVisible();
    await student.goto(product.url + CHAPTER);
    const panel = student.getByRole("tabpanel", { name: "pve1" });
    await expect(panel.getByRole("status")).toContainText("pve1 shows another host key", { timeout: 60_000 });
    await panel.getByRole("button", { name: "What to do?" }).click();
    const told = student.getByRole("dialog", { name: "The host key of pve1" });
    await expect(told.getByText(/^Ask .+\. Only who teaches the class can accept/)).toBeVisible();
    await expect(told.getByText(before)).toBeVisible();
    await expect(told.getByText(first.hostKeySha256)).toBeVisible();
    await expect(told.getByRole("button", { name: "Accept the new key" })).toHaveCount(0);
    await student.screenshot({ path: "test-results/host-key-student.png" });
    await told.getByRole("button", { name: "Close" }).click();

    await page.getByRole("link", { name: "Asha", exact: true }).click();
    await page.getByRole("button", { name: "Compare the keys of pve1" }).click();
    const question = page.getByRole("dialog", { name: "The host key of pve1" });
    await expect(question.getByText(first.hostKeySha256)).toBeVisible();
    const accept = question.getByRole("button", { name: "Accept the new key" });
    await expect(accept).toBeDisabled();
    await question.getByRole("checkbox").check();
    await page.screenshot({ path: "test-results/host-key-instructor.png" });
    await page.setViewportSize({ width: 390, height: 800 });
    await page.screenshot({ path: "test-results/host-key-instructor-phone.png" });
    await accept.click();
    await expect(page.getByText("The new key of pve1 is accepted.")).toBeVisible();

    await panel.getByRole("button", { name: "New shell" }).click();
    await expect(student.getByTestId("terminal-pve1").locator(".xterm-rows")).toContainText("pve1$");
    await copied(student);
    await student.goto(`${product.url}/account`);
    await expect(student.getByText(`accepted another host key of pve1: ${first.hostKeySha256}`)).toBeVisible();
  } finally {
    await product.close();
    for (const node of nodes) await node.stop();
  }
});

/** Copy and paste over plain HTTP, where the page has no clipboard of its own. */
async function copied(page: Page): Promise<void> {
  const rows = page.getByTestId("terminal-pve1").locator(".xterm-rows");
  await page.getByRole("textbox", { name: /Terminal of pve1/ }).focus();
  await page.keyboard.type("copyme\n");
  const line = rows.locator("> div").filter({ hasText: "you said copyme" });
  await expect(line).toHaveCount(1);
  const text = await line.locator("span").first().boundingBox();
  if (!text) throw new Error("the line is not on the screen");
  await page.mouse.dblclick(text.x + text.width - 12, text.y + text.height / 2);
  await page.keyboard.press("Control+C");
  await page.keyboard.type("pasted: ");
  await page.keyboard.press("Control+V");
  await page.keyboard.press("Enter");
  await expect(rows).toContainText("you said pasted: copyme");
  expect(await page.evaluate(() => isSecureContext)).toBe(false);
}

/** A class whose labs lie on these nodes. @returns the code to join it; its page is on screen */
async function classOnNodes(page: Page, url: string, nodes: readonly TestNode[]): Promise<string> {
  const name = "On real nodes";
  await page.goto(`${url}/classes/new`);
  await page.getByLabel("Name of the class").fill(name);
  await page.getByRole("button", { name: "Make the class" }).click();
  await expect(page.getByRole("heading", { name })).toBeVisible();
  const code = ((await page.getByText("Joining:").locator("span").textContent()) ?? "").trim();
  const classPage = page.url();
  const described = nodes.map((node) => {
    const { ssh, api } = node.description();
    const at = `host: "${ssh.host}", port: ${ssh.port}, hostKey: "${ssh.hostKeySha256}"`;
    return `      - { name: ${node.name}, ssh: { ${at} }, api: { certificate: { fingerprint: "${api.certSha256}" } } }`;
  });
  const yaml = `inventory: room
defaults:
  ssh: { password: secret }
  api: { port: 9 }
seats:
  - names: ["one"]
    nodes:
${described.join("\n")}
`;
  await page.goto(`${url}/inventories`);
  await page.getByLabel("YAML").fill(yaml);
  await page.getByRole("button", { name: "Import" }).click();
  const room = page.getByRole("region", { name: "room" });
  await room.getByLabel("New labs on it:").selectOption(`of ${name}`);
  await expect(room.getByLabel("New labs on it:").locator("option:checked")).toHaveText(`of ${name}`);
  await page.goto(classPage);
  return code;
}
