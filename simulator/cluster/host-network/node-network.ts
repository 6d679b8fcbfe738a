/** The network of a node changed: by a program of the node, by /etc/network/interfaces, by a boot. */
import { disturb } from "../corosync/world.ts";
import { namesIn, readNodeFile } from "../files/node-tree.ts";
import { log } from "../journal.ts";
import { nodeOf } from "../kernel.ts";
import { Refusal } from "../refusal.ts";
import type { LabState } from "../state.ts";
import { type Applied, automaticInterfaces, bringDown, bringUp, reload } from "./interfaces-apply.ts";
import { type InterfacesFile, readInterfaces, stanzasOf } from "./interfaces-file.ts";
import { cardsOf, hardwareStack, type NetworkStack } from "./network-stack.ts";
import { changeStack, type StackChange } from "./stack-changes.ts";

/** The file that says what a node's network is at its next boot. */
export const INTERFACES = "/etc/network/interfaces";

export type HostNetworkInputs = {
  /** What `ip` changes in a running node. @throws Refusal with what `ip` prints */
  "network/change": { args: { node: string; change: StackChange }; result: undefined };
  /**
   * `ifup`, `ifdown`, `ifreload` on a node. `names` absent: all that are automatic, or for `down` all that are up;
   * `checkOnly`: the file is read and nothing is done.
   *
   * @throws Refusal "not-found" for interfaces that nothing knows
   */
  "network/interfaces": {
    args: { node: string; how: "up" | "down" | "reload"; names?: string[]; checkOnly?: boolean };
    result: Applied;
  };
};

export const hostNetworkInputs = {
  "network/change": (lab: LabState, { node, change }: HostNetworkInputs["network/change"]["args"]): undefined => {
    changeNetwork(lab, node, (stack) => changeStack(stack, change));
    return undefined;
  },
  "network/interfaces": (
    lab: LabState,
    { node, how, names, checkOnly }: HostNetworkInputs["network/interfaces"]["args"],
  ): Applied => {
    if (!checkOnly) return applyInterfaces(lab, node, how, names);
    const { errors, warnings } = interfacesOf(lab, node);
    return { errors, warnings, done: [] };
  },
};

/** Change a copy of a node's network and put it in place; when the change throws nothing has happened. */
export function changeNetwork<T>(lab: LabState, node: string, change: (stack: NetworkStack) => T): T {
  const stack = JSON.parse(JSON.stringify(nodeOf(lab, node).net)) as NetworkStack;
  const result = change(stack);
  disturb(lab);
  nodeOf(lab, node).net = stack;
  return result;
}

/** The kernel has just found the cards: nothing else is left of the network of before. */
export function resetNetwork(lab: LabState, node: string): void {
  disturb(lab);
  const owner = nodeOf(lab, node);
  owner.net = hardwareStack(cardsOf(owner.net));
}

/** What a node's /etc/network/interfaces and the files that it sources say. */
export function interfacesOf(lab: Readonly<LabState>, node: string, path = INTERFACES): InterfacesFile {
  return readInterfaces(
    {
      read: (one) => readNodeFile(lab, node, one),
      matching: (pattern) => matching(lab, node, pattern),
    },
    path,
  );
}

/** Paths that a pattern with `*` and `?` in its last name means. */
function matching(lab: Readonly<LabState>, node: string, pattern: string): string[] {
  const absolute = pattern.startsWith("/") ? pattern : `/etc/network/${pattern}`;
  const at = absolute.lastIndexOf("/");
  const [folder, name] = [absolute.slice(0, at) || "/", absolute.slice(at + 1)];
  if (!/[*?]/.test(name)) return readNodeFile(lab, node, absolute) === undefined ? [] : [absolute];
  const escaped = name
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  const fits = new RegExp(`^${escaped}$`);
  return namesIn(lab, node, folder)
    .filter((one) => fits.test(one) && !one.startsWith("."))
    .map((one) => `${folder}/${one}`)
    .filter((path) => readNodeFile(lab, node, path) !== undefined);
}

/** @throws Refusal "not-found" for interfaces that nothing knows */
export function applyInterfaces(lab: LabState, node: string, how: "up" | "down" | "reload", names?: string[]): Applied {
  const file = interfacesOf(lab, node);
  const { managed } = nodeOf(lab, node).net;
  if (names && how === "up") {
    const unknown = names.filter((name) => stanzasOf(file, name).length === 0);
    if (unknown.length > 0) throw new Refusal("not-found", `cannot find interfaces: ${unknown.join(" ")}`);
  }
  if (names && how === "down") {
    const unknown = names.filter((name) => !managed[name]);
    if (unknown.length > 0) {
      throw new Refusal(
        "not-found",
        `cannot find interfaces: ${unknown.join(" ")} (interface was probably never up ?)`,
      );
    }
  }
  const applied = changeNetwork(lab, node, (stack) => {
    if (how === "reload") return reload(stack, file);
    if (how === "up") return bringUp(stack, file, names ?? automaticInterfaces(file));
    return bringDown(
      stack,
      names ?? Object.keys(managed).filter((name) => file.auto.includes(name)),
      names === undefined,
    );
  });
  return {
    errors: [...(how === "down" ? [] : file.errors), ...applied.errors],
    warnings: [...(how === "down" ? [] : file.warnings), ...applied.warnings],
    done: applied.done,
  };
}

/** What networking.service does when it starts, stops or is reloaded; what goes wrong stands in the journal. */
export function networkingService(lab: LabState, node: string, how: "up" | "down" | "reload"): void {
  const { errors, warnings } = applyInterfaces(lab, node, how);
  const line = { unit: "networking.service", identifier: "networking", pid: nodeOf(lab, node).nextPid };
  for (const text of errors) log(lab, node, { ...line, text: `error: ${text}` });
  for (const text of warnings) log(lab, node, { ...line, text: `warning: ${text}` });
}
