/** corosync-cmapctl where nothing was recorded: keys from files, binary values, statistics, changes as they happen. */
import { describe, expect, it } from "vitest";
import { powerOff } from "../../cluster/power.ts";
import type { LabState } from "../../cluster/state.ts";
import { act } from "../../cluster/stepping.ts";
import { clusterOf, run } from "../../cluster/testing/lab-steps.ts";
import { createNodeFiles } from "../../node-view/node-files-adapter.ts";
import { createShellSession } from "../../shell/session.ts";
import { Terminal } from "../../shell/terminal.ts";
import { allCommands } from "../commands.ts";
import { fastPort } from "../testing/run-program.ts";
import { shellLine } from "../testing/shell-line.ts";

async function answer(lab: LabState, line: string): Promise<string> {
  const { output, exit } = await shellLine(lab, "pve1", line);
  return `${output}exit ${exit}`;
}

it("sets and deletes what a file says", async () => {
  const lab = clusterOf(1);
  await shellLine(lab, "pve1", "printf '# mine\\n\\nown.a u8 1\\nown.b str word\\nown.c u8 3\\n' > /tmp/keys");
  expect(await answer(lab, "corosync-cmapctl -p /tmp/keys")).toBe("exit 0");
  await shellLine(lab, "pve1", "printf '^own.a\\n^own.none\\n' > /tmp/keys");
  expect(await answer(lab, "corosync-cmapctl -p /tmp/keys")).toBe(
    "Can't delete key own.none. Error CS_ERR_NOT_EXIST\nexit 0",
  );
  expect(await answer(lab, "corosync-cmapctl own.")).toBe("own.b (str) = word\nown.c (u8) = 3\nexit 0");
  await shellLine(lab, "pve1", "printf '^^own.\\nown.d u8\\n' > /tmp/keys");
  expect(await answer(lab, "corosync-cmapctl -p /tmp/keys")).toBe(
    "Both type and value for key own.d are required\nexit 1",
  );
  expect(await answer(lab, "corosync-cmapctl own.")).toBe("exit 1");
  expect(await answer(lab, "corosync-cmapctl -p /tmp/none")).toBe(
    "Couldn't open file.: No such file or directory\nexit 0",
  );
});

it("keeps binary values, and shows them when asked", async () => {
  const lab = clusterOf(1);
  expect(await answer(lab, "printf 'a\\\\\\n' | corosync-cmapctl -s own.bytes bin -")).toBe("exit 0");
  expect(await answer(lab, "corosync-cmapctl own.")).toBe("own.bytes (bin)\nexit 0");
  expect(await answer(lab, "corosync-cmapctl -b own.")).toBe("own.bytes (bin) = a\\\\\\x0A\nexit 0");
  expect(await answer(lab, "corosync-cmapctl -s own.bytes bin /tmp/none")).toBe(
    "Can't open input file: No such file or directory\nexit 1",
  );
  expect(await answer(lab, "head -c 20000 /dev/zero | corosync-cmapctl -s own.large bin -")).toBe(
    "Failed to set key own.large. Error CS_ERR_TOO_BIG\nexit 1",
  );
});

it.each([
  ["-x", "corosync-cmapctl: invalid option -- 'x'\n"],
  ["-m", "corosync-cmapctl: option requires an argument -- 'm'\n"],
  ["-m other", "invalid map name, must be 'default', 'icmap' or 'stats'\n"],
  ["-C disk", "argument to -C should be 'knet', 'totem', 'ipc', 'schedmiss' or 'all'\n"],
  ["-t", "Expected key after options\n"],
  ["-g", "Expected key after options\n"],
  ["-m stats -s stats.srp.gather_entered u64 0", "Failed to set key stats.srp.gather_entered. Error CS_ERR_ACCESS\n"],
  ["-m stats -d stats.srp.gather_entered", "Can't delete key stats.srp.gather_entered. Error CS_ERR_ACCESS\n"],
])("corosync-cmapctl %s is refused", async (words, said) => {
  expect(await answer(clusterOf(1), `corosync-cmapctl ${words}`)).toBe(`${said}exit 1`);
});

describe("statistics", () => {
  const value = async (lab: LabState, key: string) =>
    Number((await shellLine(lab, "pve1", `corosync-cmapctl -m stats -q -g ${key}`)).output);

  it("count memberships, lost tokens and links, and are cleared", async () => {
    const lab = clusterOf(2);
    const entered = await value(lab, "stats.srp.operational_entered");
    expect(await value(lab, "stats.knet.node2.link0.connected")).toBe(1);
    powerOff(lab, "pve2");
    run(lab, 20_000);
    expect(await value(lab, "stats.knet.node2.link0.connected")).toBe(0);
    expect(await value(lab, "stats.knet.node2.link0.down_count")).toBe(1);
    expect(await value(lab, "stats.srp.operational_token_lost")).toBe(1);
    expect(await value(lab, "stats.srp.operational_entered")).toBe(entered + 1);
    expect(await answer(lab, "corosync-cmapctl -C totem")).toBe("exit 0");
    expect(await value(lab, "stats.srp.operational_entered")).toBe(0);
    expect(await value(lab, "stats.knet.node2.link0.down_count")).toBe(1);
    expect(await answer(lab, "corosync-cmapctl -C all")).toBe("exit 0");
    expect(await value(lab, "stats.knet.node2.link0.down_count")).toBe(0);
  });

  it("say that packets are not counted, and are a map of their own", async () => {
    const lab = clusterOf(1);
    const { output } = await shellLine(lab, "pve1", "corosync-cmapctl -m stats");
    expect(output).toContain("stats.srp.gather_entered (u64) = ");
    expect(output).toContain("counters of packets and bytes are not modelled");
    expect(await answer(lab, "corosync-cmapctl stats.")).toBe("exit 1");
  });
});

/** corosync-cmapctl at a terminal of pve1. */
function tracking(words: string, nodes = 2) {
  const lab = clusterOf(nodes);
  let screen = "";
  const terminal = new Terminal({
    columns: 100,
    rows: 24,
    term: "xterm-256color",
    send: async (bytes) => {
      screen += new TextDecoder().decode(bytes);
    },
  });
  const inputs: (() => void)[] = [];
  const fast = fastPort(lab);
  /** Nothing happens by itself: the test lets time pass, and whoever waits looks after that. */
  const port = {
    ...fast,
    async until<T>(condition: (state: Readonly<LabState>) => T | undefined, options?: { signal?: AbortSignal }) {
      for (;;) {
        options?.signal?.throwIfAborted();
        const value = condition(lab);
        if (value !== undefined) return value;
        await new Promise<void>((resolve, reject) => {
          inputs.push(resolve);
          options?.signal?.addEventListener("abort", () => reject(options.signal!.reason), { once: true });
        });
      }
    },
  };
  const files = createNodeFiles(port, "pve1");
  const session = createShellSession({ node: "pve1", port, files, commands: allCommands, terminal });
  const ended = session.runInteractive();
  return {
    lab,
    ended,
    type: (keys: string) => terminal.input(Buffer.from(keys)),
    happened() {
      for (const wake of inputs.splice(0)) wake();
    },
    async see(text: string | RegExp) {
      await expect.poll(() => screen, { timeout: 10_000, interval: 5 }).toMatch(text);
      const seen = screen;
      screen = "";
      return seen;
    },
    start: async () => {
      await expect.poll(() => screen, { timeout: 10_000, interval: 5 }).toMatch(/root@pve1:~# $/);
      screen = "";
      terminal.input(Buffer.from(`corosync-cmapctl ${words}\r`));
    },
  };
}

describe("changes", () => {
  it("are printed as they happen, until q", async () => {
    const { lab, start, type, see, happened, ended } = tracking("-T own. runtime.members.2");
    await start();
    await see('Type "q" to finish');
    const set = (value: string | null) =>
      act(lab, "corosync/set-map", {
        node: "pve1",
        key: "own.key",
        value: value === null ? null : { type: "u8", value },
      });
    set("1");
    happened();
    await see("create> own.key (u8) = 1\r\n");
    set("2");
    act(lab, "corosync/set-map", { node: "pve1", key: "other.key", value: { type: "u8", value: "9" } });
    happened();
    expect(await see("modify> own.key (u8) = 2\r\n")).not.toContain("other.key");
    set(null);
    happened();
    await see("delete> own.key (u8) = 2\r\n");
    powerOff(lab, "pve2");
    run(lab, 20_000);
    happened();
    await see("modify> runtime.members.2.status (str) = left\r\n");
    type("q\r");
    await see(/root@pve1:~# $/);
    type("echo status $?\r");
    await see("status 0\r\n");
    type("exit\r");
    await ended;
  });

  it("end at ^C, and with corosync", async () => {
    const { lab, start, type, see, happened, ended } = tracking("-t totem.token", 1);
    await start();
    await see('Type "q" to finish');
    type("\u0003");
    await see(/\^C[\s\S]*root@pve1:~# $/);
    type("corosync-cmapctl -t totem.token\r");
    await see('Type "q" to finish');
    act(lab, "corosync/kill", { node: "pve1" });
    happened();
    await see(/Dispatch error CS_ERR_LIBRARY\r\n[\s\S]*root@pve1:~# $/);
    type("echo next line is whole\r");
    await see("next line is whole\r\n");
    type("exit\r");
    await ended;
  });

  it("end at once without input", async () => {
    const { start, type, see, ended } = tracking("-t totem.token < /dev/null; echo status $?", 1);
    await start();
    await see(/Type "q" to finish\r\nstatus 0\r\n/);
    type("exit\r");
    await ended;
  });
});
