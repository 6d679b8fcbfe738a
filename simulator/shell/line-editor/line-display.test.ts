import { expect, it } from "vitest";
import { WatchedScreen } from "../../recordings/shell/terminal/screen.ts";
import { Terminal } from "../terminal.ts";
import { EditedLine } from "./edited-line.ts";
import { LineDisplay } from "./line-display.ts";

function open(columns: number) {
  const screen = new WatchedScreen(columns, 6);
  const terminal = new Terminal({ columns, rows: 6, term: "xterm-256color", send: (bytes) => screen.write(bytes) });
  const display = new LineDisplay(terminal);
  const line = new EditedLine();
  const look = async () => {
    display.draw(line);
    await display.flush();
    return screen.look();
  };
  return { terminal, display, line, look };
}

it("a line that fills its row leaves the cursor at the beginning of the next", async () => {
  const { display, line, look } = open(10);
  display.begin("$ ", true);
  line.insert("12345678");
  expect(await look()).toEqual({ rows: ["$ 12345678"], cursor: [1, 0] });
});

it("a wide character that does not fit goes to the next row, and the cursor stands before it there", async () => {
  const { display, line, look } = open(7);
  display.begin("$ ", true);
  line.insert("日本語");
  expect(await look()).toEqual({ rows: ["$ 日本", "語"], cursor: [1, 2] });
  line.moveTo(2);
  expect((await look()).cursor).toEqual([1, 0]);
});

it("nothing of the line is shown while the terminal does not echo", async () => {
  const { display, line, look, terminal } = open(20);
  terminal.settings.echo = false;
  display.begin("$ ", true);
  line.insert("secret");
  expect((await look()).rows).toEqual(["$"]);
});

it("what undoes letters takes back twenty at most, and a paste as a whole", () => {
  const line = new EditedLine();
  for (let at = 0; at < 30; at++) line.insert("x");
  line.undo();
  expect(line.length).toBeLessThan(30);
  expect(line.length).toBeGreaterThanOrEqual(20);
  line.insert("pasted text");
  line.undo();
  expect(line.text).not.toContain("pasted");
  while (line.undo());
  expect(line.text).toBe("");
  expect(line.undo()).toBe(false);
});
