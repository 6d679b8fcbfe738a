import { expect, it } from "vitest";
import { openShell } from "../../shell/testing/open-shell.ts";

it("watch -d shows what is not as it was in reverse, and no more when it stays", async () => {
  const { type, shows, raw, lab } = openShell();
  await type("echo abc > f; watch -d -n 2 cat f\r");
  await shows("Every 2.0s: cat f");
  await shows("abc");
  await type("\x1a");
  await shows("Stopped");
  await type("echo aXc > f; fg\r");
  await shows("watch -d -n 2 cat f\n");
  await type("");
  lab.pass(2_100);
  await expect.poll(raw).toContain("a\x1b[7mX\x1b[27mc");
  const before = raw().length;
  lab.pass(2_100);
  await expect.poll(() => raw().slice(before)).toContain("aXc");
  await type("\x03");
  await shows("^C");
});

it("top takes its keys: parts of the head away, a user, a signal", async () => {
  const { type, shows, raw, screen } = openShell();
  await type("sleep 777 &\r");
  await shows("[1] ");
  await type("top -c\r");
  await shows("MiB Swap");
  const drawn = async (keys: string, then: (shown: string) => void) => {
    const before = raw().length;
    await type(keys);
    await expect.poll(() => raw().slice(before)).toContain("COMMAND");
    then(raw().slice(before));
  };
  await drawn("m", (shown) => expect(shown).not.toContain("MiB Mem"));
  await drawn("mEl", (shown) => expect(shown).toMatch(/GiB Mem/));
  const pid = /\[1\] (\d+)/.exec(screen())![1]!;
  await type(`k${pid}\r`);
  await shows(`Send pid ${pid} signal [15/sigterm]`);
  await type("9\r");
  await type("");
  await drawn(" ", (shown) => expect(shown).not.toContain("sleep 777"));
  await type("q\r");
  await shows("Killed                  sleep 777\n");
});
