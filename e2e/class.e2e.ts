/** A class over plain HTTP on a LAN address: an instructor, two students of one name, and the board. */
import type { Browser, Locator, Page } from "@playwright/test";
import { cuttableNetwork } from "./cuttable-network.ts";
import { ownAddress, signInAdministrator, startProduct } from "./product.ts";
import { CHAPTER, expect, test } from "./test.ts";

/** Making the cluster, and the grader's next look. */
const WORK_MS = 120_000;

test("students join by code with labs of their own, and the board shows a passed step", async ({ browser, page }) => {
  test.setTimeout(600_000);
  const product = await startProduct({ host: ownAddress() });
  try {
    await signInAdministrator(page, product);
    await page.goto(`${product.url}/classes/new`);
    await page.getByLabel("Name of the class").fill("Dar es Salaam <b>2026</b>");
    for (const box of await page.getByRole("group", { name: "Chapters" }).getByRole("checkbox").all())
      await box.check();
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

    await page.setViewportSize({ width: 1280, height: 900 });
    await helpAndMessages(page, ben.page);
    await watched(page, ana.page);

    await receipts(page, ben.page);

    await cutOff(browser, page, product.url, code);
    await grouped(browser, page, product.url);
    await dryRun(page);

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
    await archivedAndDeleted(page);
  } finally {
    await product.close();
  }
});

/** A class in use is not deleted; archived it is, with everything of it, once its name is typed. */
async function archivedAndDeleted(board: Page): Promise<void> {
  await board.getByRole("button", { name: "Show names" }).click();
  const address = board.url().replace("/classes/", "/api/classes/");
  const headers = { "content-type": "application/json", origin: new URL(board.url()).origin };
  const name = "Dar es Salaam <b>2026</b>";
  const inUse = await board.request.delete(address, { headers, data: JSON.stringify({ name }) });
  expect([inUse.status(), await inUse.text()]).toEqual([409, expect.stringContaining("Archive it first")]);
  const whole = (await (await board.request.get(`${address}/export`)).json()) as {
    students: object[];
    attempts: object[];
  };
  expect(whole.students).toHaveLength(5);
  expect(whole.attempts.length).toBeGreaterThan(0);
  await board.getByRole("button", { name: "Archive the class" }).click();
  await expect(board.getByText("Nobody joins an archived class", { exact: false })).toBeVisible();
  await board.getByRole("button", { name: "Archive it", exact: true }).click();
  await board.getByText("Delete the class with all personal data").click();
  await board.getByLabel(/^Type the name of the class/).fill("Another");
  await board.getByRole("button", { name: "Delete it" }).click();
  await expect(board.getByText("That is not the name of this class.", { exact: false })).toBeVisible();
  await board.getByLabel(/^Type the name of the class/).fill(name);
  await board.getByRole("button", { name: "Delete it" }).click();
  await expect(board.getByText("There is no class yet.", { exact: false })).toBeVisible();
  expect((await board.request.get(`${address}/export`)).status()).toBe(404);
}

/** A student asks, is answered and told something; an announcement reaches them without taking the focus. */
async function helpAndMessages(board: Page, student: Page): Promise<void> {
  await student.getByRole("button", { name: "Ask for help" }).click();
  const panel = student.getByRole("dialog", { name: "Help from your instructor" });
  await panel.getByRole("textbox").fill("Which password? <script>alert(1)</script>");
  await panel.getByRole("button", { name: "Ask for help" }).click();
  await expect(panel.getByText("You are next.")).toBeVisible();
  const queue = board.getByRole("region", { name: "Waiting for help" });
  await expect(queue.getByText("Which password? <script>alert(1)</script>")).toBeVisible();
  await board.screenshot({ path: "test-results/class-help.png", fullPage: true });
  await queue.getByRole("button", { name: "I go there" }).click();
  await expect(panel.getByText("is on the way to you")).toBeVisible();
  await student.screenshot({ path: "test-results/class-help-student.png" });
  await queue.getByRole("button", { name: "Write" }).click();
  await board.getByLabel("To 李 (2) alone").fill("Look at chapter 1 again.");
  await board.getByRole("button", { name: "Send" }).click();
  await expect(panel.getByText("Look at chapter 1 again.")).toBeVisible();
  await queue.getByRole("button", { name: "Done" }).click();
  await expect(queue.getByText("Nobody asks for help now.")).toBeVisible();
  await student.keyboard.press("Escape");
  await expect(student.getByRole("button", { name: "Ask for help" })).toBeFocused();
  await board.getByLabel("To the whole class").fill("Break until eleven");
  await board.getByRole("button", { name: "Send" }).click();
  const said = student.getByRole("status", { name: "From your instructor" });
  await expect(said.getByText("Break until eleven")).toBeVisible();
  await expect(student.getByRole("button", { name: "Ask for help" })).toBeFocused();
  await student.screenshot({ path: "test-results/class-message.png" });
  await said.getByRole("button", { name: "Put this message away" }).click();
  await expect(said.getByText("Break until eleven")).toHaveCount(0);
  await student.reload();
  await expect(student.getByRole("button", { name: "Ask for help" })).toBeVisible();
  await expect(student.getByText("Break until eleven")).toHaveCount(0);
}

/** What a pass rests on, for whoever teaches the class; another student is refused. */
async function receipts(board: Page, other: Page): Promise<void> {
  const address = await board.getByRole("link", { name: "李", exact: true }).getAttribute("href");
  const page = await board.context().newPage();
  await page.goto(new URL(`${address}`, board.url()).href);
  await page.getByRole("link", { name: "Receipts: what each pass rests on" }).click();
  const receipt = page.getByRole("article", { name: "Create the cluster on pve1" });
  await expect(receipt.getByText("simulated nodes")).toBeVisible();
  const exported = new URL(`/api${address}/receipts`, page.url()).href;
  expect((await page.request.get(exported)).status()).toBe(200);
  expect((await other.request.get(exported)).status()).toBe(403);
  expect((await other.request.get(page.url())).status()).toBe(403);
  await page.goto(new URL(`${address}`, board.url()).href);
  await page.getByRole("link", { name: "Record of completion" }).click();
  await expect(page.getByRole("heading", { name: "Record of completion" })).toBeVisible();
  await expect(page.getByText("which the learner did not hold")).toBeVisible();
  await page.screenshot({ path: "test-results/class-record.png", fullPage: true });
  const record = new URL(`/api${address}/record`, page.url()).href;
  const signed = await (await page.request.get(record)).json();
  expect(signed.record).toMatchObject({ keyHeldBy: "installation", learner: { name: "李" }, class: { seat: "1" } });
  expect(signed.record.course.stepsPassed).toBeGreaterThan(0);
  expect((await other.request.get(record)).status()).toBe(403);
  expect((await other.request.get(page.url())).status()).toBe(403);
  await page.close();
}

/** An instructor asks to watch, sees what is typed only after consent, and types only when let. */
async function watched(board: Page, student: Page): Promise<void> {
  await board.getByRole("link", { name: "李", exact: true }).click();
  await expect(board.getByRole("heading", { name: "李", exact: true })).toBeVisible();
  await board.getByRole("button", { name: "Ask to watch pve1" }).click();
  await expect(board.getByText("李 is asked whether you may watch.")).toBeVisible();
  const question = student.getByText("asks to watch this terminal");
  await expect(question).toBeVisible();
  await student.getByRole("button", { name: "Let them watch" }).click();
  const screen = board.getByRole("region", { name: "李's terminal of pve1" });
  await expect(screen.locator(".xterm-rows")).toContainText("pvecm create lab-s1");
  await expect(screen.getByText("You watch: 李 sees that")).toBeVisible();
  await board.screenshot({ path: "test-results/class-watch.png", fullPage: true });
  await student.getByRole("button", { name: "Let them type" }).click();
  await expect(screen.getByText("You watch, and may type")).toBeVisible();
  await screen.getByRole("textbox").focus();
  await board.keyboard.type("echo from the $((40+2))nd seat\n");
  const own = student.getByRole("tabpanel", { name: /pve1/ }).locator(".xterm-rows");
  await expect(own).toContainText("from the 42nd seat");
  await student.screenshot({ path: "test-results/class-watched.png" });
  await student.getByRole("button", { name: "End", exact: true }).click();
  await expect(screen.getByText("They ended it, or the terminal was closed.")).toBeVisible();
  await board.getByText("Correct the name").click();
  await board.getByLabel("Name", { exact: true }).fill("李明");
  await board.getByRole("button", { name: "Change the name" }).click();
  await expect(board.getByRole("heading", { name: "李明", exact: true })).toBeVisible();
  await board.screenshot({ path: "test-results/class-student.png", fullPage: true });
  await board.getByLabel("Name", { exact: true }).fill("李");
  await board.getByRole("button", { name: "Change the name" }).click();
  await expect(board.getByRole("heading", { name: "李", exact: true })).toBeVisible();
  await board.goBack();
  await expect(board.getByRole("heading", { name: "Board" })).toBeVisible();
}

/** On a phone whose network breaks: what is pressed and typed meanwhile arrives once it is back. */
async function cutOff(browser: Browser, board: Page, url: string, code: string): Promise<void> {
  const network = await cuttableNetwork(url);
  try {
    const zoe = await join(browser, network.url, code, "Zoë", { width: 390, height: 800 });
    await zoe.page.goto(network.url + CHAPTER);
    await zoe.page.getByRole("radio", { name: "Terminal" }).click();
    const screen = zoe.page.getByRole("tabpanel", { name: /pve1/ });
    await expect(screen.locator(".xterm-rows")).toContainText("root@pve1", { timeout: WORK_MS });
    network.cut();
    await expect(screen.getByText("The connection to Quorate is lost.")).toBeVisible();
    await screen.getByRole("textbox").focus();
    await zoe.page.keyboard.type("echo typed-$((6*7))-offline\n");
    await zoe.page.getByRole("button", { name: "Ask for help" }).click();
    const panel = zoe.page.getByRole("dialog", { name: "Help from your instructor" });
    await panel.getByRole("button", { name: "Ask for help" }).click();
    await expect(panel.getByText("This is sent when it is back.")).toBeVisible();
    await zoe.page.screenshot({ path: "test-results/class-offline-phone.png" });
    await zoe.page.keyboard.press("Escape");
    const answered = await readOn(zoe.page, `${network.url}${CHAPTER}`);
    network.mend();
    await expect(answered).toContainText("Only the text, and the answer of pvecm status on both sides");
    await expect(zoe.page.getByText("Offline.")).toHaveCount(0);
    await zoe.page.getByRole("radio", { name: "Terminal" }).click();
    await zoe.page.getByRole("button", { name: "asked for help" }).click();
    await expect(board.getByRole("region", { name: "Waiting for help" }).getByText("Zoë")).toBeVisible();
    await expect(panel.getByText("You are next.")).toBeVisible();
    await panel.getByRole("button", { name: "I need no help any more" }).click();
    await expect(board.getByText("Nobody asks for help now.")).toBeVisible();
    const rows = screen.locator(".xterm-rows");
    await expect(rows).toContainText("typed-42-offline");
    expect(((await rows.textContent()) ?? "").split("typed-42-offline")).toHaveLength(2);
    await zoe.page.context().close();
  } finally {
    await network.close();
  }
}

/** Without a network the page stays, says so, and takes answers and clicks; links wait. @returns the question answered */
async function readOn(page: Page, address: string): Promise<Locator> {
  await page.getByRole("radio", { name: "Text" }).click();
  await expect(page.getByRole("status").filter({ hasText: "Offline." })).toBeVisible();
  const hint = page.getByRole("button", { name: "Hint 1" }).first();
  await hint.click();
  await expect(hint).toHaveAttribute("aria-expanded", "true");
  const question = page.locator('[data-question="script-says-ok"]');
  await question.getByRole("radio", { name: /^Nothing: the status is 0/ }).check();
  await question.getByRole("button", { name: "Answer" }).click();
  await expect(question.getByText("your answer is kept")).toBeVisible();
  await page.getByRole("link", { name: "Quorate" }).first().click();
  await expect(page.getByText("Other pages can be opened then.")).toBeVisible();
  await page.screenshot({ path: "test-results/class-offline-text-phone.png" });
  expect(page.url()).toBe(address);
  return question;
}

/** The whole class put into a chapter's beginning, one node of one student made fresh, and who did it. */
async function labsChanged(board: Page, student: Page): Promise<void> {
  await board.getByText("Put labs into another state").click();
  await board.getByLabel("Whose labs").selectOption({ label: "Red: 1 lab" });
  await board.getByLabel(/^State/).selectOption({ label: "As chapter 2 begins: Why move a machine" });
  await board.getByLabel("Reason").fill("<i>all</i> at one place");
  await board.getByRole("button", { name: "Change the labs" }).click();
  await expect(
    board.getByText("What is in a simulated lab now is kept as a restore point", { exact: false }),
  ).toBeVisible();
  await board.getByRole("button", { name: "Change it", exact: true }).click();
  await expect(board.getByText("Done: 1 of 1 changed.")).toBeVisible({ timeout: WORK_MS });
  await student.goto(new URL("/account", student.url()).href);
  await expect(student.getByText("put your lab into another state (chapter", { exact: false })).toContainText(
    "<i>all</i> at one place",
  );
}

/** What a dry run finds, over plain HTTP on an address that answers. */
async function dryRun(board: Page): Promise<void> {
  const address = board.url().replace("/classes/", "/api/classes/");
  const headers = { "content-type": "application/json", origin: new URL(board.url()).origin };
  // Each open chapter's beginning is tried: one is enough here.
  const data = JSON.stringify({ chapters: ["why-move-a-machine"] });
  expect((await board.request.patch(address, { headers, data })).status()).toBe(204);
  await board.reload();
  await board.getByRole("button", { name: "Look what is missing" }).click();
  const found = board.getByRole("list", { name: "What the dry run found" });
  await expect(found.getByText("Beginnings of chapters")).toBeVisible({ timeout: WORK_MS });
  await expect(found.getByRole("listitem").filter({ hasText: /^Labs/ })).toContainText(
    "nodes answered over SSH and HTTPS",
  );
  await expect(found.getByRole("listitem").filter({ hasText: /^Address/ })).toContainText("answers, over plain HTTP");
  await board.screenshot({ path: "test-results/class-dry-run.png", fullPage: true });
  const open = JSON.stringify({ chapters: ["why-move-a-machine", "create-a-cluster"] });
  expect((await board.request.patch(address, { headers, data: open })).status()).toBe(204);
}

/** Two from a list, in a group: one lab for both. */
async function grouped(browser: Browser, board: Page, url: string): Promise<void> {
  await board.getByText("Enrol students from a list").click();
  await board.getByRole("textbox", { name: /Paste from a spreadsheet/ }).fill("group;mail\nRed;ana@example.org");
  await board.getByRole("button", { name: "Enrol them" }).click();
  await expect(board.getByRole("alert").filter({ hasText: "No column is called “name”" })).toBeVisible();
  await board.getByRole("textbox", { name: /Paste from a spreadsheet/ }).fill("name;group\nKofi;Red\n=1+1;Red");
  await board.getByRole("button", { name: "Enrol them" }).click();
  const cards = board.getByRole("region", { name: "Codes of the students" });
  await expect(cards.getByText("2 enrolled.")).toBeVisible();
  await board.screenshot({ path: "test-results/class-roster.png", fullPage: true });
  const codes = await cards.locator("li .font-mono").allTextContents();
  await cards.getByRole("button", { name: "I have them" }).click();
  for (const [at, code] of codes.entries()) {
    const page = await (await browser.newContext()).newPage();
    await page.goto(`${url}/return#${code}`);
    await page.getByRole("button", { name: "Come back" }).click();
    await page.waitForURL(`${url}/`);
    await page.goto(url + CHAPTER);
    await expect(page.getByText("lab-g1").first()).toBeVisible();
    if (at === codes.length - 1) {
      await expect(board.getByRole("rowheader", { name: /Kofi.*Red/ })).toBeVisible();
      await board.reload();
      await labsChanged(board, page);
    }
    await page.context().close();
  }
  await board.getByRole("link", { name: "Red", exact: true }).click();
  await expect(board.getByRole("heading", { name: "Red", exact: true })).toBeVisible();
  await expect(board.getByText("is no proof of who sat at the keyboard", { exact: false })).toBeVisible();
  await board.goBack();
}

async function join(
  browser: Browser,
  url: string,
  code: string,
  name: string,
  viewport = { width: 1440, height: 900 },
): Promise<{ page: Page; returnCode: string }> {
  const page = await (await browser.newContext({ viewport })).newPage();
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
