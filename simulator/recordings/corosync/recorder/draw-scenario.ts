/**
 * Draws scenarios at random: the same kind and number give the same one. Each is such that the daemons can settle after
 * every step: no cut leaves two nodes that reach a third and not each other, apart from cuts in one direction alone.
 */
import { QNETD_ID } from "../../../conformance/operands.ts";
import type { StatesScenario, Step } from "../../../conformance/table.ts";

/** What a scenario of a kind has before its steps. */
type Setting = Pick<StatesScenario, "n"> &
  Partial<Pick<StatesScenario, "options" | "votes" | "links" | "totem" | "priorities">> & { device?: string };
type Weights = Record<string, number>;

const WEIGHTS: Weights = {
  kill: 3,
  start: 5,
  term: 2,
  cut: 4,
  heal: 6,
  expected: 2,
  hangFor: 1,
  killRestart: 1,
  termRestart: 1,
  cutFor: 1,
  votes: 1,
  nodelist: 1,
  cfgH: 1,
  hang: 1,
  resume: 5,
};

interface Kind {
  setting: (draw: Draw) => Setting;
  weights?: Weights;
}

/** A device's part in a cluster whose votes and nodes stay. */
const DEVICE_WEIGHTS: Weights = {
  qdeviceStop: 2,
  qdeviceStart: 5,
  qnetd: 3,
  qdeviceHang: 2,
  qdeviceResume: 5,
  qnetdHang: 2,
  qnetdResume: 5,
  votes: 0,
  nodelist: 0,
  qdeviceKill: 1,
};

const DRAWN: Record<string, Kind> = {
  seven: {
    setting: (d) => ({
      n: d.of([6, 7, 7]),
      options: d.of<Setting["options"]>([
        {},
        {},
        { auto_tie_breaker: 1 },
        { wait_for_all: 1 },
        { last_man_standing: 1 },
      ]),
    }),
  },
  priorities: {
    setting: (d) => ({
      n: d.of([2, 3, 4]),
      links: 2,
      priorities: d.of<Record<string, number>>([{ 0: 1, 1: 10 }, { 0: 10, 1: 5 }, { 1: 2 }]),
    }),
    weights: { cable: 5, ifdown: 3, cutLink: 5 },
  },
  links: {
    setting: (d) => ({ n: d.of([2, 3, 4]), links: 2, ...(d.chance(0.3) && { options: { auto_tie_breaker: 1 } }) }),
    weights: { cable: 5, ifdown: 3, cutLink: 5 },
  },
  totem: {
    setting: (d) => ({
      n: d.of([2, 3, 4, 5]),
      totem: d.of<Record<string, number>>([
        { token: 1000 },
        { token: 5000 },
        { token: 2000, consensus: 5000 },
        { token_coefficient: 0 },
        { token: 1500, token_coefficient: 1000 },
        { consensus: 8000 },
      ]),
    }),
  },
  lms: {
    setting: (d) => ({
      n: d.of([3, 4, 4, 5, 6]),
      options: {
        last_man_standing: 1,
        ...(d.chance(0.7) && { last_man_standing_window: d.of([2000, 5000, 15000]) }),
        ...(d.chance(0.4) && { wait_for_all: 1 }),
      },
    }),
  },
  lmsTie: {
    setting: (d) => ({
      n: d.of([4, 4, 6]),
      options: {
        last_man_standing: 1,
        auto_tie_breaker: 1,
        ...(d.chance(0.6) && { last_man_standing_window: d.of([2000, 5000]) }),
        ...(d.chance(0.3) && { wait_for_all: 1 }),
        ...(d.chance(0.3) && { auto_tie_breaker_node: d.of(["highest", "2", "3 1"]) }),
      },
    }),
    weights: { cut: 6, kill: 5 },
  },
  tie: {
    setting: (d) => {
      const n = d.of([2, 3, 4, 4, 5, 6]);
      return {
        n,
        options: {
          auto_tie_breaker: 1,
          auto_tie_breaker_node: d.of(["lowest", "highest", "2", n > 2 ? "3 1" : "2 1", n > 3 ? "2 3 4" : "1 2"]),
          ...(d.chance(0.3) && { wait_for_all: d.of([0, 1]) }),
        },
        ...(d.chance(0.3) && { votes: d.votes(n, [1, 1, 2]) }),
      };
    },
  },
  all: {
    setting: (d) => {
      const n = d.of([2, 3, 4, 5]);
      if (n === 2) return { n, options: { two_node: 1, ...(d.chance(0.4) && { wait_for_all: 0 }) } };
      return { n, options: { wait_for_all: 1 } };
    },
    weights: { kill: 5, start: 7, term: 4 },
  },
  votes: {
    setting: (d) => {
      const n = d.of([3, 4, 4, 5]);
      return { n, votes: { ...d.votes(n, [0, 1, 1, 2, 3]), 1: d.of([1, 2]), 2: 1 } };
    },
    weights: { votes: 5, expected: 4 },
  },
  hangs: { setting: (d) => ({ n: d.of([2, 3, 4, 5]) }), weights: { hangFor: 6, hang: 4, cutFor: 4 } },
  oneWay: { setting: (d) => ({ n: d.of([2, 2, 3, 4]) }), weights: { oneWay: 8 } },
  edits: { setting: (d) => ({ n: d.of([3, 4, 5]) }), weights: { votes: 4, nodelist: 6, expected: 3 } },
  ffsplit: {
    setting: (d) => ({
      n: d.of([2, 2, 3, 4, 4]),
      device: deviceText("ffsplit", 1, d.of(["", "", "lowest", "highest", "2"])),
    }),
    weights: DEVICE_WEIGHTS,
  },
  deviceLms: {
    setting: (d) => {
      const n = d.of([2, 3, 3, 4, 5]);
      return { n, device: deviceText("lms", n - 1, d.of(["", "lowest", "highest", "2"])) };
    },
    weights: DEVICE_WEIGHTS,
  },
  heuristics: {
    setting: (d) => {
      const n = d.of([2, 2, 3, 4]);
      const algorithm = n === 3 ? "lms" : d.of(["ffsplit", "ffsplit", "lms"]);
      return {
        n,
        device: deviceText(
          algorithm,
          algorithm === "lms" ? n - 1 : 1,
          d.of(["", "", "highest"]),
          d.of(["on", "on", "sync"]),
        ),
      };
    },
    weights: {
      probe: 7,
      qdeviceStop: 1,
      qdeviceStart: 5,
      qnetd: 2,
      votes: 0,
      nodelist: 0,
      hang: 0,
      hangFor: 0,
      expected: 0,
    },
  },
};

export const KINDS: string[] = Object.keys(DRAWN);

/** The device's part of the quorum section. */
function deviceText(algorithm: string, votes: number, tieBreaker = "", heuristics = ""): string {
  const lines = [
    "  device {",
    "    model: net",
    `    votes: ${votes}`,
    "    net {",
    `      algorithm: ${algorithm}`,
    "      host: 10.77.0.99",
    "      tls: on",
    ...(tieBreaker === "" ? [] : [`      tie_breaker: ${tieBreaker}`]),
    "    }",
    ...(heuristics === ""
      ? []
      : ["    heuristics {", `      mode: ${heuristics}`, "      exec_probe: /usr/bin/test -e /run/probe", "    }"]),
    "  }",
  ];
  return `${lines.join("\n")}\n`;
}

export function drawScenario(kind: string, number: number): Omit<StatesScenario, "unread"> {
  const draw = new Draw(`${kind} ${number}`);
  const { setting, weights } = DRAWN[kind]!;
  const { device, ...given } = setting(draw);
  const story = new Story(draw, given, device);
  story.begin();
  const length = story.steps.length + (given.n < 6 ? 6 : 5) + draw.below(3);
  for (let tries = 0; story.steps.length < length && tries < 400; tries++) story.next({ ...WEIGHTS, ...weights });
  const options = given.options && Object.keys(given.options).length > 0 ? { options: given.options } : {};
  const { options: _, ...rest } = given;
  return {
    kind: "states",
    name: `drawn-${kind}-${number}`,
    desc: `drawn at random: ${kind}`,
    ...rest,
    ...options,
    steps: story.steps,
  };
}

/** The steps so far, and who runs after them. */
class Story {
  readonly steps: Step[] = [];
  private readonly draw: Draw;
  private readonly setting: Setting;
  private readonly device: string | undefined;
  private readonly all: number[];
  private nodelist: number[];
  private alive = new Set<number>();
  private hung = new Set<number>();
  private cutOff = false;
  private readonly out: { op: string; node: number; link: number }[] = [];
  private readonly devices = { running: new Set<number>(), hung: new Set<number>(), server: true, serverHung: false };
  private readonly failing = new Set<number>();

  constructor(draw: Draw, setting: Setting, device: string | undefined) {
    this.draw = draw;
    this.setting = setting;
    this.device = device;
    this.all = Array.from({ length: setting.n }, (_, index) => index + 1);
    this.nodelist = [...this.all];
  }

  begin(): void {
    const { draw, all, device } = this;
    const some =
      device === undefined && draw.chance(0.15) ? draw.some(all, 1 + draw.below(Math.max(1, all.length - 1))) : all;
    this.start(some);
    if (device === undefined) return;
    this.add("add the device, reload", "conf", { quorum: device, reloadOn: 1 });
    this.add(`start corosync-qdevice on ${all}`, "qdevice", { nodes: all });
    this.devices.running = new Set(all);
  }

  next(weights: Weights): void {
    const op = this.draw.weighted(weights);
    const [live, dead] = [this.live(), this.nodelist.filter((id) => !this.alive.has(id))];
    const untouched = !this.cutOff && this.out.length === 0;
    const quiet = this.hung.size === 0 && live.length > 0;
    if (["kill", "term", "cfgH"].includes(op)) this.end(op, live);
    else if (op === "start" && dead.length > 0) this.start(this.draw.some(dead, 1 + this.draw.below(dead.length)));
    else if (op === "cut" && untouched && this.all.length > 1) this.cut();
    else if (op === "cutLink" && untouched) this.cutLink();
    else if (op === "oneWay" && untouched) this.oneWay();
    else if (op === "heal" && this.cutOff) {
      this.add("heal", "heal", {});
      this.cutOff = false;
    } else if (op === "expected" && live.length > 0) {
      const [node, value] = [this.draw.of(live), 1 + this.draw.below(this.all.length + 2)];
      this.add(`expected ${value} on ${node}`, "expected", { node, value });
    } else if (op === "hangFor" && quiet)
      this.forTime("hang_for", [[this.draw.of(live)], this.draw.of([1000, 3000, 6000, 15000, 20000])]);
    else if (op === "hang" && quiet && live.length > 1) {
      const id = this.draw.of(live);
      this.add(`hang ${id}`, "hang", { nodes: [id] });
      this.hung.add(id);
    } else if (op === "resume" && this.hung.size > 0) {
      this.add(`resume ${[...this.hung]}`, "resume", { nodes: [...this.hung] });
      this.hung.clear();
    } else if (
      ["killRestart", "termRestart"].includes(op) &&
      live.length > 0 &&
      untouched &&
      this.device === undefined
    ) {
      this.forTime(op === "killRestart" ? "kill_restart" : "term_restart", [
        this.draw.of(live),
        this.draw.of([1500, 3000, 20000]),
      ]);
    } else if (op === "cutFor" && untouched && this.all.length > 1) {
      this.forTime("cut_for", [this.draw.parts(this.all, 2), this.draw.of([300, 3000, 20000, 25000])]);
    } else if (
      ["votes", "nodelist"].includes(op) &&
      quiet &&
      !this.cutOff &&
      this.setting.options?.two_node === undefined
    )
      this.edit(op, live);
    else if (["cable", "ifdown"].includes(op) && !this.cutOff) this.unplug(op);
    else if (this.device !== undefined) this.deviceStep(op);
  }

  private live(): number[] {
    return this.all.filter((id) => this.alive.has(id) && !this.hung.has(id));
  }

  private start(nodes: number[]): void {
    const boots = this.device !== undefined && this.steps.length > 0;
    this.add(`${boots ? "boot" : "start"} ${nodes}`, boots ? "boot" : "start", { nodes });
    for (const id of nodes) {
      this.alive.add(id);
      if (boots) this.devices.running.add(id);
    }
  }

  private end(op: string, live: number[]): void {
    if (live.length === 0 || (live.length < 2 && this.draw.chance(0.8))) return;
    const count = op === "cfgH" ? 1 : Math.min(live.length, this.draw.of([1, 1, 1, 2]));
    const nodes = this.draw.some(live, count);
    const whole = op === "kill" && this.device !== undefined;
    this.add(`${whole ? "power loss of" : op} ${nodes}`, whole ? "killnode" : op, { nodes });
    for (const id of nodes) {
      this.alive.delete(id);
      this.devices.running.delete(id);
      this.devices.hung.delete(id);
    }
  }

  private cut(): void {
    const parts = this.draw.parts(this.all, this.all.length > 2 ? this.draw.of([2, 2, 2, 3]) : 2);
    const groups = this.device === undefined ? parts : parts.map((part) => [...part]);
    // The server is with one of them, with all (named in none), or with none.
    const server = this.device === undefined ? 1 : this.draw.below(5);
    if (this.device !== undefined && server < 3) this.draw.of(groups).push(QNETD_ID);
    else if (this.device !== undefined && server === 3 && this.draw.chance(0.5)) groups.push([QNETD_ID]);
    this.add(`cut ${groups.map((group) => group.join(",")).join("|")}`, "cut", { groups });
    this.cutOff = true;
  }

  private cutLink(): void {
    const [groups, link] = [this.draw.parts(this.all, 2), this.draw.below(2)];
    this.add(`cut link ${link} ${groups.map((group) => group.join(",")).join("|")}`, "cut", { groups, links: [link] });
    this.cutOff = true;
  }

  private oneWay(): void {
    const [one, deaf] = [this.draw.of(this.all), this.draw.chance(0.5)];
    const pairs = this.all
      .filter((id) => id !== one)
      .map((id) => (deaf ? `drop ${id}->${one} one way` : `drop ${one}->${id} one way`));
    this.add(pairs.join(", "), "raw", {});
    this.cutOff = true;
  }

  private edit(op: string, live: number[]): void {
    const reloadOn = this.draw.of(live);
    if (op === "votes") {
      const votes = this.draw.votes(this.all.length, [1, 1, 2]);
      this.add(`votes ${JSON.stringify(votes)}`, "conf", { votes, reloadOn });
      return;
    }
    const gone = this.all.filter((id) => !this.nodelist.includes(id));
    const off = this.nodelist.filter((id) => !this.alive.has(id));
    if (gone.length > 0 && this.draw.chance(0.7)) this.nodelist = [...this.all];
    else if (off.length > 0 && this.nodelist.length > 2) {
      const one = this.draw.of(off);
      this.nodelist = this.nodelist.filter((id) => id !== one);
    } else return;
    this.add(`nodelist ${this.nodelist}`, "conf", { nodelist: [...this.nodelist], reloadOn });
  }

  private unplug(op: string): void {
    if (this.out.length > 0 && this.draw.chance(0.6)) {
      const back = this.draw.of(this.out);
      this.out.splice(this.out.indexOf(back), 1);
      this.add(`${back.op} ${back.node} link ${back.link} back`, back.op, {
        node: back.node,
        link: back.link,
        up: true,
      });
      return;
    }
    const [node, link] = [this.draw.of(this.all), this.draw.below(2)];
    // Two nodes without different links would not reach each other, and both a third.
    if (this.out.some((one) => (one.node === node && one.link === link) || (one.node !== node && one.link !== link)))
      return;
    this.out.push({ op, node, link });
    this.add(`${op} ${node} link ${link} out`, op, { node, link, up: false });
  }

  private deviceStep(op: string): void {
    const { draw, devices } = this;
    const running = this.live().filter((id) => devices.running.has(id) && !devices.hung.has(id));
    const off = this.live().filter((id) => !devices.running.has(id));
    if (["qdeviceStop", "qdeviceKill"].includes(op) && running.length > 0) {
      const nodes = draw.some(running, 1);
      this.add(
        `corosync-qdevice ${op === "qdeviceStop" ? "stopped" : "killed"} on ${nodes}`,
        op === "qdeviceStop" ? "qdevice_stop" : "qdevice_kill",
        { nodes },
      );
      devices.running.delete(nodes[0]!);
    } else if (op === "qdeviceStart" && off.length > 0) {
      this.add(`start corosync-qdevice on ${off}`, "qdevice", { nodes: off });
      for (const id of off) devices.running.add(id);
    } else if (op === "qdeviceHang" && running.length > 0) {
      const nodes = draw.some(running, Math.min(running.length, draw.of([1, 1, 2])));
      this.add(`corosync-qdevice frozen on ${nodes}`, "qdevice_hang", { nodes });
      for (const id of nodes) devices.hung.add(id);
    } else if (op === "qdeviceResume" && devices.hung.size > 0) {
      const nodes = [...devices.hung];
      this.add(`corosync-qdevice goes on on ${nodes}`, "qdevice_resume", { nodes });
      devices.hung.clear();
    } else if (op === "qnetd" && !devices.serverHung) {
      devices.server = !devices.server;
      this.add(`corosync-qnetd ${devices.server ? "back" : "dies"}`, "qnetd", { up: devices.server });
    } else if (op === "qnetdHang" && devices.server && !devices.serverHung) {
      devices.serverHung = true;
      this.add("corosync-qnetd frozen", "qnetd_hang", {});
    } else if (op === "qnetdResume" && devices.serverHung) {
      devices.serverHung = false;
      this.add("corosync-qnetd goes on", "qnetd_resume", {});
    } else if (op === "probe") {
      const nodes = draw.some(this.all, 1 + draw.below(this.all.length));
      const up = nodes.every((id) => this.failing.has(id)) || (this.failing.size > 0 && draw.chance(0.3));
      this.add(`heuristics ${up ? "pass" : "fail"} on ${nodes}`, "probe", { nodes, up });
      for (const id of nodes)
        if (up) this.failing.delete(id);
        else this.failing.add(id);
    }
  }

  private forTime(op: string, args: unknown[]): void {
    this.add(`${op} ${JSON.stringify(args[0])} for ${args[1]} ms`, op, { args });
  }

  private add(text: string, op: string, operands: Partial<Step>): void {
    this.steps.push({ do: text, op, ...operands });
  }
}

/** Random numbers of a text. */
class Draw {
  private state: number;

  constructor(text: string) {
    this.state = 2_166_136_261;
    for (const character of text) this.state = Math.imul(this.state ^ character.codePointAt(0)!, 16_777_619);
    for (let warm = 0; warm < 8; warm++) this.number();
  }

  below(limit: number): number {
    return Math.floor(this.number() * limit);
  }

  chance(share: number): boolean {
    return this.number() < share;
  }

  of<T>(values: readonly T[]): T {
    return values[this.below(values.length)]!;
  }

  some<T>(values: readonly T[], count: number): T[] {
    const left = [...values];
    while (left.length > count) left.splice(this.below(left.length), 1);
    return left;
  }

  votes(n: number, values: readonly number[]): Record<string, number> {
    return Object.fromEntries(Array.from({ length: n }, (_, index) => [String(index + 1), this.of(values)]));
  }

  /** Groups of which none is empty. */
  parts(ids: readonly number[], count: number): number[][] {
    const groups: number[][] = Array.from({ length: Math.min(count, ids.length) }, () => []);
    const left = [...ids];
    for (const group of groups) group.push(...left.splice(this.below(left.length), 1));
    for (const id of left) this.of(groups).push(id);
    return groups.map((group) => group.toSorted((a, b) => a - b)).toSorted((a, b) => a[0]! - b[0]!);
  }

  weighted(weights: Weights): string {
    let at = this.number() * Object.values(weights).reduce((sum, weight) => sum + weight, 0);
    for (const [name, weight] of Object.entries(weights)) {
      at -= weight;
      if (at < 0) return name;
    }
    return Object.keys(weights)[0]!;
  }

  /** @source mulberry32 */
  private number(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }
}
