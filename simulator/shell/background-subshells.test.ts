import { expect, it } from "vitest";
import { createFakeLab } from "./testing/fake-lab.ts";
import { runShell } from "./testing/run-shell.ts";

// Against bash 5.2: each answers at once with `done 0` and nothing else.
it.each([
  "sleep 100 & kill $(jobs -p); wait; echo done $?",
  "(sleep 100; echo no) & kill $(jobs -p); wait; echo done $?",
  "(sleep 100; echo no) & sleep 1; kill $!; wait; echo done $?",
  "( while :; do sleep 1; done ) & kill $(jobs -p); wait; echo done $?",
  "( while :; do :; done ) & kill $(jobs -p); wait; echo done $?",
  "( (sleep 100; echo no); echo no ) & sleep 1; kill $!; wait; echo done $?",
  "(sleep 100 | cat) & sleep 1; kill $(jobs -p); wait; echo done $?",
  "for i in 1 2 3; do (sleep 100; echo no) & done; kill $(jobs -p); wait; echo done $?",
  "set -m; (sleep 100; echo no) & sleep 1; kill $(jobs -p); wait; echo done $?",
])("%s", async (command) => {
  const lab = createFakeLab();
  lab.runFast();
  expect(await runShell(command, { lab })).toMatchObject({ stdout: "done 0\n", status: 0 });
  // Who lived in it may sleep on as an orphan; the shell has not waited for that.
  expect(lab.nowMs).toBeLessThanOrEqual(2_000);
});

it("keeps what a background subshell did and how it ended", async () => {
  const ran = await runShell(
    "(exit 7) & wait $!; echo $?; (false || exit 3) > /tmp/x & wait $!; echo $?; ! (true) & wait $!; echo $?",
  );
  expect(ran.stdout).toBe("7\n3\n1\n");
});
