/**
 * A virtual machine, its copy that is kept up to date, and two groups of users: what a cut between them does to the data.
 *
 * Pure: actions in, a new state out. A write is a numbered order of one group of users.
 */

export type SideName = "left" | "right";

export interface Write {
  id: number;
  from: SideName;
}

export interface SplitBrain {
  /** Whether the standby may only start after the other side has been switched off. */
  fencing: boolean;
  cut: boolean;
  /** Whether the service runs on a side. Before a cut only the left one does. */
  running: Record<SideName, boolean>;
  /** Switched off by the fence. */
  off: Record<SideName, boolean>;
  data: Record<SideName, Write[]>;
  /** Orders that nobody took: their users saw an error, and know it. */
  refused: Write[];
  /** Orders that were confirmed to a user and are gone: thrown away by a merge, or left behind by a fence. */
  lost: Write[];
  /** The two data sets hold something different. */
  diverged: boolean;
  nextId: number;
}

export type SplitBrainAction =
  | { do: "write"; from: SideName }
  | { do: "cut" }
  | { do: "start-standby" }
  | { do: "heal" }
  | { do: "keep"; side: SideName };

export function beginSplitBrain(fencing: boolean): SplitBrain {
  return {
    fencing,
    cut: false,
    running: { left: true, right: false },
    off: { left: false, right: false },
    data: { left: [], right: [] },
    ...{ refused: [], lost: [], diverged: false, nextId: 1 },
  };
}

/** Which actions make sense now. */
export function possibleActions(state: SplitBrain): SplitBrainAction["do"][] {
  const possible: SplitBrainAction["do"][] = ["write"];
  if (!state.cut && !mustMerge(state)) possible.push("cut");
  if (state.cut && !state.running.right) possible.push("start-standby");
  if (state.cut) possible.push("heal");
  if (mustMerge(state)) possible.push("keep");
  return possible;
}

/** The cable is back, and two different data sets stand against each other. */
export function mustMerge(state: SplitBrain): boolean {
  return !state.cut && state.running.left && state.running.right;
}

export function actSplitBrain(state: SplitBrain, action: SplitBrainAction): SplitBrain {
  switch (action.do) {
    case "write":
      return write(state, action.from);
    case "cut":
      return state.cut ? state : { ...state, cut: true };
    case "start-standby": {
      if (!state.cut || state.running.right) return state;
      if (!state.fencing) return { ...state, running: { left: true, right: true } };
      // The fence takes the other side's power first: it cannot be running afterwards, whatever it was doing.
      return { ...state, running: { left: false, right: true }, off: { left: true, right: false } };
    }
    case "heal": {
      if (!state.cut) return state;
      const healed = { ...state, cut: false };
      if (state.running.left && state.running.right) return { ...healed, diverged: differ(state.data) };
      const source = state.running.left ? "left" : "right";
      // What the other one took after the cut and before its power was gone was never copied.
      const gone = onlyOn(state, source === "left" ? "right" : "left");
      const lost = [...state.lost, ...gone];
      return { ...healed, data: copyOf(state.data[source]), off: { left: false, right: false }, lost, diverged: false };
    }
    case "keep": {
      if (!mustMerge(state)) return state;
      const other = action.side === "left" ? "right" : "left";
      const kept = new Set(state.data[action.side].map(({ id }) => id));
      const gone = state.data[other].filter(({ id }) => !kept.has(id));
      return {
        ...state,
        data: copyOf(state.data[action.side]),
        running: { left: action.side === "left", right: action.side === "right" },
        lost: [...state.lost, ...gone],
        diverged: false,
      };
    }
  }
}

/** Users reach their own side; without a cut they reach the one that runs. */
function write(state: SplitBrain, from: SideName): SplitBrain {
  const order = { id: state.nextId, from };
  const next = { ...state, nextId: state.nextId + 1 };
  if (mustMerge(state)) return { ...next, refused: [...state.refused, order] };
  const to = state.cut ? from : state.running.left ? "left" : "right";
  if (!state.running[to]) return { ...next, refused: [...state.refused, order] };
  const data = { ...state.data, [to]: [...state.data[to], order] };
  // The copy is kept up to date as long as there is a cable.
  if (!state.cut) return { ...next, data: copyOf(data[to]) };
  return { ...next, data, diverged: state.running.left && state.running.right && differ(data) };
}

function copyOf(writes: Write[]): Record<SideName, Write[]> {
  return { left: writes, right: writes };
}

function differ({ left, right }: Record<SideName, Write[]>): boolean {
  return left.map(({ id }) => id).join() !== right.map(({ id }) => id).join();
}

export function splitBrainInWords(state: SplitBrain): string {
  const { running, data, cut, refused, lost } = state;
  if (mustMerge(state)) {
    const [left = 0, right = 0] = (["left", "right"] as const).map((side) => onlyOn(state, side).length);
    if (left + right === 0)
      return "The cable is back. Both machines run, with the same orders still: one of them must stop now.";
    return `The cable is back, and there are two truths: ${ordersOf(left)} only on the left, ${right} only on the right. You must throw one side's away.`;
  }
  const parts = [
    cut ? "The cable is cut." : "The cable is in.",
    running.left && running.right
      ? "Both machines run: a split brain."
      : `The service runs on the ${running.left ? "left" : "right"} only${state.off.left ? "; the left machine was switched off first" : ""}.`,
    `Orders kept: ${data.left.length} left, ${data.right.length} right.`,
  ];
  const behind = onlyOn(state, "left").length;
  if (state.off.left && behind > 0) {
    parts.push(`${ordersOf(behind)}, taken after the cut, ${behind === 1 ? "is" : "are"} on its disk alone.`);
  }
  if (refused.length > 0) parts.push(`${refused.length} refused; those users saw an error.`);
  if (lost.length > 0) {
    parts.push(`${lost.length} confirmed ${lost.length === 1 ? "order is" : "orders are"} lost, and nobody was told.`);
  }
  return parts.join(" ");
}

function ordersOf(count: number): string {
  return `${count} ${count === 1 ? "order" : "orders"}`;
}

/** Orders that one side has and the other has not. */
export function onlyOn({ data }: SplitBrain, side: SideName): Write[] {
  const other = new Set(data[side === "left" ? "right" : "left"].map(({ id }) => id));
  return data[side].filter(({ id }) => !other.has(id));
}
