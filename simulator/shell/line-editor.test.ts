import { describe, expect, it } from "vitest";
import { openShell } from "./testing/open-shell.ts";

/** What `echo` prints of a line that is edited so. */
async function edited(keys: string, before: string[] = []): Promise<string> {
  const shell = openShell();
  for (const line of before) await shell.type(`${line}\r`);
  await shell.type("printf '%s|' START ");
  for (const key of keys.split(/(\x1b.|\x12|\x19)/s)) await shell.type(key);
  await shell.type("\r");
  await expect.poll(shell.screen).toMatch(/\nSTART\|/);
  return /\nSTART\|(.*)\|/.exec(shell.screen())![1]!;
}

describe("the line editor", () => {
  it.each([
    ["puts together what is cut in a row, and puts it in", "one two three\x17\x17\x19\x19", "one|two|threetwo|three"],
    ["goes back through what was cut", "one two\x17x\x17\x19\x1by", "one|two"],
    ["cuts to the beginning and to the end", "one two\x1bb\x0bthree\x1bbfour \x05", "one|four|three"],
    ["changes words and characters about", "one two\x1bt ab\x14", "two|one|ba"],
    ["turns words large, small and capital", "one TWO three\x1bb\x1bb\x1bb\x1bu\x1bl\x1bc", "ONE|two|Three"],
    ["takes changes back", "one two\x17\x1f", "one|two"],
    ["takes a key as it is behind ^V", "a\x16\tb", "a|b"],
    ["takes blanks away", "a    b\x02\x02\x1b\\", "ab"],
  ])("%s", async (_title, keys, expected) => {
    expect(await edited(keys)).toBe(expected);
  });

  it.each([
    ["Alt-. puts in the last word, and older ones when it is pressed again", "\x1b.\x1b. end", "b c|end"],
    ["!$ and !! are what the line before was", "!$", "z"],
    ["a word of an older line by its beginning", "!true:1", "b c"],
  ])("%s", async (_title, keys, expected) => {
    expect(await edited(keys, ["true 'b c'", ": x y z"])).toBe(expected);
  });

  it.each([
    ["pasted", (text: string) => `\x1b[200~${text}\x1b[201~`],
    ["typed", (text: string) => text],
    ["pasted, cut, put in, taken back and cut again", (text: string) => `\x1b[200~${text}\x1b[201~\x15\x19\x1f\x19`],
  ])(
    "has room for a line of half a million characters that is %s",
    async (_how, keys) => {
      const shell = openShell();
      await shell.type(keys(`x=${"0123456789".repeat(50_000)}`));
      await shell.type("\recho ${#x}-${x:499995}\r");
      await expect.poll(() => shell.screen().slice(-400), { timeout: 20_000 }).toContain("\n500000-56789\n");
    },
    30_000,
  );

  it("looks for older lines with ^R, again, says when there is none, and gives the line back at ^G", async () => {
    const shell = openShell();
    for (const line of ["echo first", "echo second", ": none"]) await shell.type(`${line}\r`);
    await shell.type("typed\x12ech");
    await shell.shows("(reverse-i-search)`ech': echo second");
    await shell.type("\x12");
    await shell.shows("(reverse-i-search)`ech': echo first");
    await shell.type("\x12");
    await shell.shows("(failed reverse-i-search)`ech': echo first");
    await shell.type("\x07\x01echo \x05 again\r");
    await shell.shows("\ntyped again\n");
    await shell.type("\x12fir\r");
    await shell.shows("\nfirst\n");
    await shell.type("abc\x0c\r");
    await shell.shows("abc: command not found\n");
    await shell.type("half");
    await shell.type("\x03");
    await shell.shows("half^C\n");
  });

  it("hands the line to the editor with ^X ^E and runs what comes back", async () => {
    const shell = openShell();
    await shell.type("EDITOR=vi\r");
    await shell.type("echo one\x18\x05");
    await shell.shows("/bash-fc.");
    await shell.type("A two\x1bZZ");
    await shell.shows("echo one two\n");
    await shell.shows("one two\n");
  });
});

describe("completion", () => {
  it.each([
    ["behind a pipe", "echo b | revers\t", "reverse_it"],
    ["behind && and in a group", "true && { revers\t", "reverse_it"],
    ["in $( ), also in quotes", 'echo "$(revers\t', "reverse_it"],
    ["behind a keyword and an assignment", "if X=1 revers\t", "reverse_it"],
    ["of a command's words behind what runs it", "watch -n 1 qm stat\t", "qm status "],
    ["of files behind an option's =", "cp --target-directory=/etc/ho\t", "--target-directory=/etc/hosts "],
    ["of files behind a redirection", "echo > /etc/ho\t", "> /etc/hosts "],
    ["of files in another user's home", "cat ~anna/no\t", "~anna/notes.txt "],
    ["of files in root's home, by its name", "HOME=/tmp; cat ~root/.prof\t", "~root/.profile "],
    ["of variables", "echo $HISTFILES\t", "$HISTFILESIZE"],
    ["as complete -W says", "deploy st\t", "deploy staging "],
    ["as a function of complete -F says", "fetch al\t", "fetch alpha-2 "],
  ])("%s", async (_title, keys, expected) => {
    const files = {
      "/etc/passwd": "root:x:0:0:root:/root:/bin/bash\nanna:x:1000:1000::/home/anna:/bin/bash\n",
      "/home/anna/notes.txt": "",
      "/root/.profile": "",
    };
    const shell = openShell({ files });
    await shell.type("reverse_it() { rev; }; complete -W 'staging production' deploy\r");
    await shell.type(
      `_f() { COMPREPLY=($(compgen -W "alpha-$COMP_CWORD" -- "$2")); echo noise; }; complete -F _f fetch\r`,
    );
    await shell.type(keys.replace("alpha-2", "alpha"));
    await expect.poll(() => shell.screen().split("\n").at(-1)).toContain(expected.replace("alpha-2", "alpha-1"));
    expect(shell.screen()).not.toContain("\nnoise");
  });
});
