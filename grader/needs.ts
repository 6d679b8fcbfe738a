/** What a chapter's checks must be told, put together: the observer asks for this and nothing more. */
import type { ChapterChecks, CheckNeeds, Value, VmidValue } from "./checks/check.ts";

/** With the learner's values put in; sorted and without doubles, so that equal needs are equal text. */
export interface Needs {
  /** All that a check asks for; those of the next two are among them. */
  guests: number[];
  configs: number[];
  states: number[];
  ha: boolean;
  qdevice: boolean;
  storages: boolean;
  links: boolean;
  files: string[];
  quorumJournal: boolean;
  pings: string[];
}

export const NO_NEEDS: Needs = {
  guests: [],
  configs: [],
  states: [],
  ha: false,
  qdevice: false,
  storages: false,
  links: false,
  files: [],
  quorumJournal: false,
  pings: [],
};

/** A value that the learner does not have is left out here; the check itself says that it is missing. */
export function needsOf(checks: ChapterChecks, variables: Readonly<Record<string, string>>): Needs {
  const text = (value: Value | VmidValue) => (typeof value === "object" ? variables[value.variable] : String(value));
  const all = Object.values(checks).flatMap((step) => Object.values(step).flatMap(({ needs }) => needs ?? []));
  const some = (key: "ha" | "qdevice" | "storages" | "links" | "quorumJournal") =>
    all.some((needs) => needs[key] === true);
  const texts = (pick: (needs: CheckNeeds) => readonly (Value | VmidValue)[] | undefined) =>
    [...new Set(all.flatMap((needs) => (pick(needs) ?? []).map(text)))].filter((one) => one !== undefined).sort();
  const vmids = (pick: (needs: CheckNeeds) => readonly VmidValue[] | undefined) =>
    texts(pick)
      .map(Number)
      .filter((vmid) => Number.isInteger(vmid));
  return {
    guests: vmids(({ guests = [], configs = [], states = [] }) => [...guests, ...configs, ...states]),
    configs: vmids(({ configs }) => configs),
    states: vmids(({ states }) => states),
    ha: some("ha"),
    qdevice: some("qdevice"),
    storages: some("storages"),
    links: some("links"),
    files: texts(({ files }) => files),
    quorumJournal: some("quorumJournal"),
    pings: texts(({ pings }) => pings),
  };
}

/** The needs of several chapters that one observation serves. */
export function allNeeds(list: readonly Needs[]): Needs {
  const union = <T>(pick: (needs: Needs) => T[]) => [...new Set(list.flatMap(pick))].sort();
  return {
    guests: union(({ guests }) => guests),
    configs: union(({ configs }) => configs),
    states: union(({ states }) => states),
    ha: list.some(({ ha }) => ha),
    qdevice: list.some(({ qdevice }) => qdevice),
    storages: list.some(({ storages }) => storages),
    links: list.some(({ links }) => links),
    files: union(({ files }) => files),
    quorumJournal: list.some(({ quorumJournal }) => quorumJournal),
    pings: union(({ pings }) => pings),
  };
}

/** Calls of the API that these needs add for one node, at most. */
export function callsFor(needs: Needs): number {
  const details = Math.min(needs.configs.length, GUESTS_MAX) + Math.min(needs.states.length, GUESTS_MAX);
  const guests = needs.guests.length === 0 ? 0 : 1 + details;
  const single = [needs.ha, needs.qdevice, needs.storages, needs.quorumJournal].filter(Boolean).length;
  return guests + single;
}

/** Guests whose configuration, and as many whose state, is read in one look at a node. */
export const GUESTS_MAX = 4;
