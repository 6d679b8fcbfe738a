/** Options of guests' configurations on the command line. */
import { VMID as VMID_FORM } from "../../api/parameters.ts";
import { named, text } from "../../cluster/forms.ts";
import { COUNT_OPTIONS, FLAG_OPTIONS, TEXT_OPTIONS } from "../../cluster/guests/config-options.ts";
import { optionForm } from "../../cluster/guests/option-forms.ts";
import { type OptionDefinition, ofForm } from "../pvecm/arguments.ts";

export const VMID: OptionDefinition = ofForm(VMID_FORM);

const CONFIG_OPTIONS: Record<string, OptionDefinition> = {
  vmid: VMID,
  ...Object.fromEntries(
    [...TEXT_OPTIONS, ...COUNT_OPTIONS].map((name) => [name, { ...ofForm(optionForm(name) ?? text), optional: true }]),
  ),
  ...Object.fromEntries(FLAG_OPTIONS.map((name) => [name, { type: "boolean" } as const])),
};

/** What `qm create` takes. */
export const CREATE_OPTIONS: Record<string, OptionDefinition> = {
  ...CONFIG_OPTIONS,
  pool: ofForm(named("pve-poolid")),
};

/** And `qm set`. */
export const SET_OPTIONS: Record<string, OptionDefinition> = {
  ...CONFIG_OPTIONS,
  delete: ofForm(named("pve-configid-list")),
  revert: ofForm(named("pve-configid-list")),
};
