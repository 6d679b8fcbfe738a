import { expect, it } from "vitest";
import { History } from "./history.ts";

function after(...lines: string[]): History {
  const history = new History();
  for (const line of lines) history.add(line);
  return history;
}

it.each([
  ["!!", "qm migrate 100 pve2"],
  ["sudo !!", "sudo qm migrate 100 pve2"],
  ["echo !$", "echo pve2"],
  ["!cat", "cat /etc/pve/corosync.conf"],
  ["!cat:1:t", "corosync.conf"],
  ["ls !cat:$:h", "ls /etc/pve"],
  ["echo !!:1-2", "echo migrate 100"],
  ["!!:s/pve2/pve3/", "qm migrate 100 pve3"],
  ["!qm:gs/e/E/", "qm migratE 100 pvE2"],
  ["^100^101", "qm migrate 101 pve2"],
  ["^100^101^ --online", "qm migrate 101 pve2 --online"],
])("%s becomes %s", (line, expanded) => {
  expect(after("cat /etc/pve/corosync.conf", "qm migrate 100 pve2").expand(line)).toEqual({
    line: expanded,
    changed: true,
  });
});

it.each([
  ["!nosuch", "!nosuch: event not found"],
  ["^a9^b", ":s^a9^b: substitution failed"],
  ["!!:9", ":9: bad word specifier"],
])("%s is refused", (line, refusal) => {
  expect(after("echo hi").expand(line)).toEqual({ refusal });
});

it("only shows what ends in :p, and leaves what is quoted", () => {
  expect(after("echo hi").expand("!!:p")).toEqual({ line: "echo hi", changed: true, shownOnly: true });
  expect(after("echo hi").expand("echo '!!' \\!x")).toEqual({ line: "echo '!!' \\!x", changed: false });
});

// As bash 5.2 keeps them.
it.each([
  ["for i in 1 2; do\necho $i\ndone\n", "for i in 1 2; do echo $i; done"],
  ["if true\nthen\necho a\nelse\necho b\nfi", "if true; then echo a; else echo b; fi"],
  ["case x in\na) echo 1;;\nx)\necho $(date)\n;;\nesac", "case x in a) echo 1;; x) echo $(date); ;; esac"],
  ["f() {\necho hi\n}", "f() { echo hi; }"],
  ['echo "a\nb"', 'echo "a\nb"'],
  ["true &&\necho c", "true && echo c"],
  ["echo a \\\nb", "echo a b"],
  ["cat <<E\nhi\nE", "cat <<E\nhi\nE"],
])("%j is kept as %j", (typed, kept) => {
  expect(after(typed).lines).toEqual([kept]);
});

it("keeps a paste of many lines as one", () => {
  const pasted = "echo of a line\n".repeat(50_000);
  expect(after(`{ ${pasted}}`).lines).toEqual([`{ ${pasted.trimEnd().replaceAll("\n", "; ")}; }`]);
});

it("refuses a line that grows without end by what it refers to", () => {
  const history = after("x".repeat(600_000));
  expect(history.expand("!!")).toMatchObject({ changed: true });
  expect(history.expand("!! !!")).toEqual({ refusal: "more than 1 MiB in this simulated shell" });
});
