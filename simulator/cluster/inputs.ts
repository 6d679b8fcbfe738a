/** Every way in which something enters the model from outside. A slice exports its own; here they become one. */
import type { LabState } from "./state.ts";

/** By input kind: what it takes and what it answers, both plain data. Slices' own types are intersected here. */
// biome-ignore lint/complexity/noBannedTypes: empty until the first slice arrives
export type Inputs = {} & Record<string, { args: unknown; result: unknown }>;

export type InputHandlers = { [K in keyof Inputs]: (lab: LabState, args: Inputs[K]["args"]) => Inputs[K]["result"] };

export const inputHandlers: InputHandlers = {};
