/** Commands with the learner's own values: `pvecm create {clusterName}`. */

export type CommandPart = { kind: "text"; text: string } | { kind: "value"; name: string; text: string };

/** Cut a command at its placeholders; a value that is not known stays a placeholder. */
export function commandParts(command: string, values: Record<string, string>): CommandPart[] {
  return command.split(/((?<!\$)\{[\w.-]+\})/).flatMap((piece): CommandPart[] => {
    if (piece === "") return [];
    const name = /^\{([\w.-]+)\}$/.exec(piece)?.[1];
    const value = name === undefined ? undefined : values[name];
    return name === undefined || value === undefined
      ? [{ kind: "text", text: piece }]
      : [{ kind: "value", name, text: value }];
  });
}

/** The command as it is to be typed. */
export function filledCommand(command: string, values: Record<string, string>): string {
  return commandParts(command, values)
    .map((part) => part.text)
    .join("");
}
