import { it } from "vitest";
import { allCommands } from "../commands/commands.ts";
import { createMemoryFiles } from "./memory-files.ts";
import { createShellSession } from "./session.ts";
import { Terminal } from "./terminal.ts";
import { createFakeLab, type FakeLab } from "./testing/fake-lab.ts";
import { START_FILES } from "./testing/run-shell.ts";

/** What a terminal keeps of a flood in these tests, characters. */
const KEPT = 100_000;

function openShell(lab: FakeLab) {
  let text = "";
  const waiting = new Set<() => void>();
  const terminal = new Terminal({
    columns: 80,
    rows: 24,
    term: "xterm-256color",
    send: async (bytes) => {
      text = (text + Buffer.from(bytes).toString("latin1")).slice(-KEPT);
      for (const look of [...waiting]) look();
    },
  });
  const session = createShellSession({
    node: "pve1",
    port: lab.port,
    files: createMemoryFiles(START_FILES),
    commands: allCommands,
    activity: lab.activity,
    terminal,
  });
  const ended = session.runInteractive();
  return {
    type: (keys: string) => terminal.input(Buffer.from(keys)),
    /** Resolves when this is shown behind what was shown before. */
    shows: (wanted: RegExp) =>
      new Promise<void>((resolve) => {
        const look = () => {
          const found = wanted.exec(text);
          if (!found) return;
          waiting.delete(look);
          text = text.slice(found.index + found[0].length);
          resolve();
        };
        waiting.add(look);
        look();
      }),
    async end() {
      session.hangUp();
      await ended;
    },
  };
}

it.each([
  "yes",
  "yes | cat",
  "while true; do :; done",
  "yes | while read x; do :; done",
  "cat < /dev/zero > /dev/null",
  "read -r line < /dev/zero",
  "awk 'BEGIN { while (1) {} }'",
  "yes | awk '{ n++ }'",
  "yes | sed 's/y/n/' > /dev/null",
  "echo x | sed ':a;ba'",
  "yes | tr y n | cut -c1 | uniq",
  "seq 1 2 99999999 | wc -l",
  "f() { f | f & }; f; while :; do :; done",
  "cat /dev/urandom | tr -d x > /dev/null",
  "awk 'BEGIN { while (1) system(\"\") }'",
  "awk 'BEGIN { while ((\"seq 100000\" | getline x) >= 0) n++ }'",
  "shopt -s globstar; while :; do echo /**/*/**; done > /dev/null",
  "until false; do echo $((i++)) > /dev/null; done",
])("ends `%s` at ^C while another shell of the node answers", async (command) => {
  const lab = createFakeLab();
  const [busy, other] = [openShell(lab), openShell(lab)];
  await busy.shows(/# /);
  await other.shows(/# /);
  busy.type(`${command}\r`);
  await busy.shows(/\r\n/);
  for (const word of ["one", "two"]) {
    other.type(`echo ${word}\r`);
    await other.shows(new RegExp(`\\r\\n${word}\\r\\n`));
  }
  busy.type("\x03");
  await busy.shows(/\^C/);
  busy.type("echo status=$?\r");
  await busy.shows(/\nstatus=130\r\n/);
  await busy.end();
  await other.end();
});

it.each([
  ["f() { f; }; f", /maximum function nesting level exceeded/],
  ['x=aaaaaaaa; while true; do x="$x$x"; done', /MiB/],
  ["yes | sort", /memory exhausted: .* at most 32 MiB/],
  ["yes | tac", /memory exhausted: .* at most 32 MiB/],
  ["awk 'BEGIN { while (1) a[i++] = i }'", /out of memory: more than 500000 array elements/],
  ["awk 'BEGIN { s = \"x\"; while (1) s = s s }'", /out of memory: a string of more than 2 MiB/],
  ["a=(); while :; do a+=(${a[@]} x y z); done", /may have 50000 elements/],
  ["eval \"$(printf '(%.0s' {1..600})\"", /unexpected EOF while looking for matching `\)/],
  ["x=$(yes)", /more than 2 MiB/],
  ["f() { f $1$1; }; f aa", /expansion of more than 2 MiB/],
  ["x=$(printf '%0100000d' 1); x=${x//0/$x}", /expansion of more than 2 MiB/],
  ["echo x | sed ':a; s/./&&/g; ba'", /a space of more than 2 MiB/],
  ["echo x | awk '{ while (gsub(/x/, \"xx\")) n++ }'", /a string of more than 2 MiB/],
  ["echo $(printf '{%.0s' {1..30000})$(printf '}%.0s' {1..30000})", /\{\}/],
  ["eval \"echo $(printf '{%.0s' {1..30000})$(printf '}%.0s' {1..30000})\"", /too many braces/],
  ["x=$(printf '(%.0s' {1..20000})1$(printf ')%.0s' {1..20000}); echo $((x))", /expression recursion level exceeded/],
  ["eval \"$(printf '(%.0s' {1..20000}):$(printf ')%.0s' {1..20000})\"", /expression recursion level exceeded/],
])("ends `%s` by itself with a message, and the shell goes on", async (command, message) => {
  const shell = openShell(createFakeLab());
  await shell.shows(/# /);
  shell.type(`${command}\r`);
  await shell.shows(message);
  shell.type("\x03");
  shell.type("echo alive\r");
  await shell.shows(/\nalive\r\n/);
  await shell.end();
});

it.each([
  [
    "here-documents",
    'x=0123456789abcdef; for k in {1..16}; do x=$x$x; done; cat <<< "$x$x$x$x$x$x$x$x$x$x$x" | wc -c',
    /expansion of more than 2 MiB/,
  ],
  [
    "here-documents held",
    'x=0123456789abcde; for k in {1..17}; do x=$x$x; done; for i in {1..40}; do exec {f}<<< "$x"; done',
    /here-document: memory exhausted: all shells and programs of this simulated lab together may hold 64 MiB/,
  ],
  [
    "a hundred megabytes of here-document",
    'cat <<E\n$(head -c 100000000 /dev/zero | tr "\\0" x)\nE',
    /more than 2 MiB of output/,
  ],
  [
    "captured in captured",
    'f() { echo "$(yes | head -c 2000000)$(f)"; }; x=$(f)',
    /memory exhausted|nesting level|Resource temporarily/,
  ],
  ["subshells in subshells", "f() { (f); }; f", /nesting level|Resource temporarily/],
])(
  "bounds %s, and the shell goes on",
  async (_what, command, message) => {
    const shell = openShell(createFakeLab());
    await shell.shows(/# /);
    shell.type(`${command.replaceAll("\n", "\r")}\r`);
    await shell.shows(message);
    shell.type("\x03");
    shell.type("echo alive\r");
    await shell.shows(/\nalive\r\n/);
    await shell.end();
  },
  180_000,
);

it("bounds the tools of many shells together, while another shell answers and ^C ends them", async () => {
  const lab = createFakeLab();
  const other = openShell(lab);
  await other.shows(/# /);
  const hungry = Array.from({ length: 6 }, () => openShell(lab));
  for (const shell of hungry) {
    await shell.shows(/# /);
    shell.type("yes | sort\r");
  }
  // Each alone may keep 32 MiB; together they come to the bound of the lab first.
  await Promise.race(
    hungry.map((shell) =>
      shell.shows(/sort: memory exhausted: all shells and programs of this simulated lab together may/),
    ),
  );
  other.type("echo still-$((40+2))\r");
  await other.shows(/\nstill-42\r\n/);
  for (const shell of hungry) {
    shell.type("\x03");
    shell.type("echo alive\r");
    await shell.shows(/\nalive\r\n/);
    await shell.end();
  }
  // What they held is given back.
  other.type(
    "for i in {1..7}; do (for k in {1..4}; do printf -v v$k '%01000000d' 1; done; echo held-$i) & done; wait\r",
  );
  await other.shows(/\nheld-7\r\n/);
  await other.end();
}, 60_000);

it("works through an endless input with xargs, and takes a long here-document line by line", async () => {
  const shell = openShell(createFakeLab());
  await shell.shows(/# /);
  shell.type("yes word | xargs -n 2 echo | head -2; echo over\r");
  await shell.shows(/\nword word\r\nword word\r\nxargs: echo: terminated by signal 13\r\nover\r\n/);
  shell.type("cat <<'END' | wc -l\r");
  for (let block = 0; block < 20; block++) shell.type(`${"a line of text\r".repeat(100)}`);
  shell.type("END\r");
  await shell.shows(/\n2000\r\n/);
  await shell.end();
}, 60_000);

it("keeps the shells of a lab together within their bound, and gives back what ended ones held", async () => {
  const lab = createFakeLab();
  const shell = openShell(lab);
  await shell.shows(/# /);
  // Two MiB each: some thirty fit into 64 MiB beside what every shell has, and the rest are told so.
  shell.type("big() { x=0123456789abcdef; for k in {1..17}; do x=$x$x; done; }\r");
  shell.type("for i in {1..40}; do (big; sleep 1000) & done\r");
  await shell.shows(/all shells and programs of this simulated lab together may hold 64 MiB/);
  await shell.end();
  const later = openShell(lab);
  await later.shows(/# /);
  later.type("x=0123456789abcdef; for k in {1..17}; do x=$x$x; done; echo ${#x}\r");
  await later.shows(/\n2097152\r\n/);
  await later.end();
});
