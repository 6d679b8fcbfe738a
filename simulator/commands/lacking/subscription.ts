/**
 * `pvesubscription`: a lab's nodes have no key, and nobody to ask about one.
 *
 * @source pve-manager 8.4.21 PVE/CLI/pvesubscription.pm, typed on a node without a key
 */
import type { Program } from "../../shell/process.ts";
import { type CliCommand, runCommandLine } from "../pve-cli/run-command.ts";
import { answerOf, knownCommand, sayingCommand } from "./known-command.ts";

const COMMANDS: CliCommand[] = [
  knownCommand("pvesubscription get", async (context) => {
    const answer = await answerOf(context, `/nodes/${context.node}/subscription`);
    if (typeof answer === "number") return answer;
    const facts = answer.data as Record<string, unknown>;
    const lines = Object.keys(facts).sort();
    await context.stdout.write(lines.map((key) => `${key}: ${facts[key]}\n`).join(""));
    return 0;
  }),
  sayingCommand("pvesubscription delete", ""),
  sayingCommand("pvesubscription update", ""),
];

export const pvesubscription: Program = (context) =>
  runCommandLine(context, { program: "pvesubscription", commands: COMMANDS });
