/** Options of guests' configurations on the command line. */
import { COUNT_OPTIONS, FLAG_OPTIONS, TEXT_OPTIONS } from "../../cluster/guests/config-options.ts";
import type { OptionDefinition } from "../pvecm/arguments.ts";

const all = (names: string[], definition: OptionDefinition) =>
  Object.fromEntries(names.map((name) => [name, definition]));

export const VMID: OptionDefinition = {
  type: "integer",
  pattern: /^[1-9]\d{2,8}$/,
  patternText: "value does not look like a valid VM ID",
};

/** What `qm create` takes. */
export const CONFIG_OPTIONS: Record<string, OptionDefinition> = {
  vmid: VMID,
  ...all(TEXT_OPTIONS, { type: "string" }),
  ...all(FLAG_OPTIONS, { type: "boolean" }),
  ...all(COUNT_OPTIONS, { type: "integer", minimum: 0 }),
};

/** And `qm set`. */
export const SET_OPTIONS: Record<string, OptionDefinition> = {
  ...CONFIG_OPTIONS,
  delete: { type: "string" },
  revert: { type: "string" },
};
