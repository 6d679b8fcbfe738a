/** A learner's terminal on a node of a cluster with a running guest, in stepped time. */
import { expect, onTestFinished } from "vitest";
import { clusterOf, run } from "../../cluster/testing/lab-steps.ts";
import { allCommands } from "../../commands/commands.ts";
import { pvesm } from "../../commands/pvesm/pvesm.ts";
import { qm } from "../../commands/qm/qm.ts";
import { runProgram } from "../../commands/testing/run-program.ts";
import { createNodeFiles } from "../../node-view/node-files-adapter.ts";
import { createShellSession } from "../../shell/session.ts";
import { Terminal } from "../../shell/terminal.ts";
import { Activity } from "../activity.ts";
import { LabRunner } from "../lab-runner.ts";

/** A cluster of three with guest 110 running on pve1, and a learner's terminal on a node. */
export async function terminalOn(node: string) {
  const lab = clusterOf(3);
  const cli = (line: string) => runProgram(lab, "pve1", line.startsWith("qm") ? qm : pvesm, line.split(" "));
  await cli("pvesm add nfs shared --server 10.99.7.5 --export /export/guests --content images");
  await cli(
    "qm create 110 --name web1 --memory 512 --agent 1 --serial0 socket --net0 virtio,bridge=vmbr0 --scsi0 shared:1 --ipconfig0 ip=10.99.7.50/24",
  );
  await cli("qm start 110");
  run(lab, 15_000);
  const activity = new Activity();
  const runner = new LabRunner({
    lab,
    mode: "stepped",
    activity,
    onFailure: (error) => {
      throw error;
    },
  });
  onTestFinished(() => runner.close(new Error("the test is over")));
  let screen = "";
  const terminal = new Terminal({
    columns: 100,
    rows: 24,
    term: "xterm-256color",
    activity,
    send: async (bytes) => {
      screen += new TextDecoder().decode(bytes);
    },
  });
  const files = createNodeFiles(runner.port, node);
  const session = createShellSession({ node, port: runner.port, files, commands: allCommands, terminal, activity });
  void session.runInteractive();
  /** Let model time pass until the screen shows something. */
  const see = async (text: RegExp, withinMs = 10_000) => {
    const untilMs = lab.nowMs + withinMs;
    while (!text.test(screen) && lab.nowMs < untilMs) await runner.advance(100);
    expect(screen).toMatch(text);
    const seen = screen;
    screen = "";
    return seen;
  };
  return {
    lab,
    runner,
    see,
    type: (keys: string) => terminal.input(Buffer.from(keys)),
    pass: (ms: number) => runner.advance(ms),
    screen: () => screen,
    ask: (on: string, action: "migrate" | "shutdown" | "start" | "stop", params: Record<string, string> = {}) =>
      runner.port.act("guests/act", { node: on, vmid: 110, action, params, program: "qm" }),
  };
}
