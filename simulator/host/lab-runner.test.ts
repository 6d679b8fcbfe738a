import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { handlers } from "../cluster/handlers.ts";
import { inputHandlers } from "../cluster/inputs.ts";
import { schedule } from "../cluster/kernel.ts";
import { seedRandom } from "../cluster/random.ts";
import type { LabState } from "../cluster/state.ts";
import { wallClockInputs } from "../cluster/wall-clock.ts";
import { Activity } from "./activity.ts";
import { type ClockMode, LabRunner, type MachineClock } from "./lab-runner.ts";

const happened: string[] = [];

beforeAll(() => {
  handlers["test/note"] = (lab, event) => {
    happened.push(`${event.data as string}@${Math.round(lab.nowMs)}`);
  };
  Object.assign(inputHandlers, wallClockInputs);
});
afterAll(() => {
  delete handlers["test/note"];
});

/** A lab without nodes: the runner knows nothing of what is in it. */
function emptyLab(): LabState {
  happened.length = 0;
  return {
    format: 1,
    seed: "test",
    rng: seedRandom("test"),
    nowMs: 0,
    wallOffsetMs: 0,
    nextEventId: 1,
    queue: [],
    network: { networks: {}, faults: {}, unplugged: {} },
    nodes: {},
    pki: { requests: [], nodes: {} },
  } as unknown as LabState;
}

function run(lab: LabState, mode: ClockMode, clock?: MachineClock) {
  const activity = new Activity();
  const runner = new LabRunner({
    lab,
    mode,
    activity,
    ...(clock && { clock }),
    onFailure: (error) => {
      throw error;
    },
  });
  return { runner, activity };
}

/** A machine whose clocks move when the test says so. */
class TestMachine implements MachineClock {
  #now = 0;
  #timers = new Set<{ atMs: number; callback: () => void }>();
  monotonicMs = () => this.#now;
  wallMs = () => 1_000_000 + this.#now;
  after = (ms: number, callback: () => void) => {
    const timer = { atMs: this.#now + ms, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  };
  /** Time passes and timers fire when they are due. */
  pass(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const next = [...this.#timers].filter((timer) => timer.atMs <= end).sort((a, b) => a.atMs - b.atMs)[0];
      if (!next) break;
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.atMs);
      next.callback();
    }
    this.#now = end;
  }
  /** The lid is closed: the clocks run, timers fire late. */
  sleep(ms: number): void {
    this.#now += ms;
  }
}

describe("stepped time", () => {
  it("moves by advance alone, and what an event woke runs before the next event", async () => {
    const lab = emptyLab();
    const { runner } = run(lab, "stepped");
    schedule(lab, 100, { kind: "test/note", data: "first" });
    schedule(lab, 200, { kind: "test/note", data: "second" });
    const woken = runner.port
      .until((now) => (now.nowMs >= 100 ? true : undefined))
      .then(() => {
        happened.push(`woken@${lab.nowMs}`);
      });
    await runner.advance(1_000);
    await woken;
    expect(happened).toEqual(["first@100", "woken@100", "second@200"]);
    expect(lab.nowMs).toBe(1_000);
  });

  it("wakes a sleeper at its own instant, and lets it sleep again within one advance", async () => {
    const { runner } = run(emptyLab(), "stepped");
    const instants: number[] = [];
    const program = (async () => {
      for (let i = 0; i < 3; i++) {
        await runner.port.sleep(300);
        instants.push(runner.lab.nowMs);
      }
    })();
    await runner.advance(1_000);
    await program;
    expect(instants).toEqual([300, 600, 900]);
  });

  it("refuses to be advanced in another mode", async () => {
    const { runner } = run(emptyLab(), "fast");
    await expect(runner.advance(1)).rejects.toThrow("the clock is in fast mode");
  });
});

describe("fast time", () => {
  it("jumps to the next event while something waits, and stands still otherwise", async () => {
    const lab = emptyLab();
    const { runner, activity } = run(lab, "fast");
    schedule(lab, 10, { kind: "test/note", data: "unasked" });
    await activity.settled();
    expect(lab.nowMs).toBe(0);
    await runner.port.sleep(3_600_000);
    expect(lab.nowMs).toBe(3_600_000);
    expect(happened).toEqual(["unasked@10"]);
  });

  it("does not run for those who only watch", async () => {
    const lab = emptyLab();
    const { runner, activity } = run(lab, "fast");
    schedule(lab, 10, { kind: "test/note", data: "never" });
    void runner.port.until(() => undefined, { background: true }).catch(() => undefined);
    await activity.settled();
    expect(lab.nowMs).toBe(0);
  });

  it("waits for work outside the model before it goes on", async () => {
    const lab = emptyLab();
    const { runner, activity } = run(lab, "fast");
    let finish: () => void = () => {};
    void activity.hold(
      new Promise<void>((resolve) => {
        finish = resolve;
      }),
    );
    const slept = runner.port.sleep(1_000);
    for (let turn = 0; turn < 20; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
    expect(lab.nowMs).toBe(0);
    finish();
    await slept;
    expect(lab.nowMs).toBe(1_000);
  });
});

describe("real time", () => {
  it("follows the machine's clock, and events happen at their own instants", () => {
    const lab = emptyLab();
    const machine = new TestMachine();
    run(lab, "real", machine);
    schedule(lab, 2_500, { kind: "test/note", data: "due" });
    machine.pass(5_000);
    expect(happened).toEqual(["due@2500"]);
    expect(Math.abs(lab.nowMs - 5_000)).toBeLessThanOrEqual(1_000);
  });

  it("does not live through an hour of sleep, and sets the wall clock right", () => {
    const lab = emptyLab();
    const machine = new TestMachine();
    const { runner } = run(lab, "real", machine);
    schedule(lab, 60_000, { kind: "test/note", data: "timeout" });
    machine.pass(2_000);
    machine.sleep(3_600_000);
    machine.pass(2_000);
    runner.port.read(() => undefined);
    expect(happened).toEqual([]);
    expect(lab.nowMs).toBeLessThan(6_000);
    expect(Math.abs(lab.nowMs + lab.wallOffsetMs - machine.wallMs())).toBeLessThan(1_100);
  });
});

describe("waiting", () => {
  it("ends with the signal's own reason", async () => {
    const { runner } = run(emptyLab(), "stepped");
    const controller = new AbortController();
    const waiting = runner.port.sleep(1_000, controller.signal);
    controller.abort(new Error("^C"));
    await expect(waiting).rejects.toThrow("^C");
  });

  it("answers undefined when its time is up", async () => {
    const { runner } = run(emptyLab(), "fast");
    await expect(runner.port.until(() => undefined, { timeoutMs: 5 })).resolves.toBeUndefined();
  });

  it.each(["real", "stepped", "fast"] as const)("of no time at all is over at once, %s", async (mode) => {
    const { runner } = run(emptyLab(), mode);
    await runner.port.sleep(0);
    expect(await runner.port.until(() => undefined, { timeoutMs: 0 })).toBeUndefined();
    runner.close(new Error("the test is over"));
  });

  it("may read the model in its condition while time goes on", async () => {
    const { runner } = run(emptyLab(), "real", {
      // A real clock is later each time that it is asked.
      monotonicMs: (() => {
        let now = 0;
        return () => (now += 0.01);
      })(),
      wallMs: () => 0,
      after: () => () => undefined,
    });
    let asked = 0;
    const waiting = runner.port.until(() => {
      asked += 1;
      runner.port.read((lab) => lab.nowMs);
      return asked > 3 ? true : undefined;
    });
    for (let times = 0; times < 3; times++) runner.port.read((lab) => lab.nowMs);
    await expect(waiting).resolves.toBe(true);
    expect(asked).toBe(4);
    runner.close(new Error("the test is over"));
  });

  it("is refused when the lab is closed", async () => {
    const { runner } = run(emptyLab(), "stepped");
    const waiting = runner.port.sleep(1_000);
    runner.close(new Error("closed"));
    await expect(waiting).rejects.toThrow("closed");
  });
});
