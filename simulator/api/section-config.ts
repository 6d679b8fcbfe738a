/** Files of sections: `TYPE: ID`, then indented `key value`. @source pve-common PVE/SectionConfig.pm */

export interface ConfigSection {
  type: string;
  id: string;
  keys: Record<string, string>;
}

export function parseSectionConfig(text: string): ConfigSection[] {
  const sections: ConfigSection[] = [];
  for (const line of text.split("\n")) {
    const head = /^([\w-]+):\s+(\S+)\s*$/.exec(line);
    if (head) sections.push({ type: head[1]!, id: head[2]!, keys: {} });
    const pair = /^\s+(\S+)(?:\s+(.*?))?\s*$/.exec(line);
    if (pair && sections.length > 0) sections.at(-1)!.keys[pair[1]!] = pair[2] ?? "1";
  }
  return sections;
}
