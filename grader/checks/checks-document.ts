/** `docs/checks.md`, made from the vocabulary and its sentences: `npm run checks:docs` writes it, a test compares. */
import { sentences } from "./messages.en.ts";
import { type VocabularyEntry, vocabulary } from "./vocabulary.ts";

const SUBJECTS: [file: string, title: string][] = [
  ["cluster.ts", "The cluster and its name"],
  ["membership.ts", "Members"],
  ["agreement.ts", "Agreement, quorum, votes"],
  ["quorum.ts", "Losing quorum and having it back"],
  ["over-time.ts", "All the time"],
  ["presence.ts", "Nodes that are away"],
  ["links.ts", "Links"],
  ["qdevice.ts", "The vote from outside"],
  ["resources.ts", "Storages, and where a guest is listed"],
  ["files.ts", "Files"],
  ["guests.ts", "Guests as they are"],
  ["migration.ts", "Moving a guest"],
  ["recovery.ts", "After the loss of a node"],
  ["ha.ts", "High availability"],
  ["after-step.ts", "Putting right"],
  ["exercise.ts", "An exercise that begins broken"],
];

export function checksDocument(): string {
  const subjects = SUBJECTS.map(([file, title]) => {
    const rows = vocabulary.filter((entry) => entry.file === file).map(row);
    return `## ${title}\n\nImported from \`grader/checks/${file}\`.\n\n| check | kind | passed when |\n| --- | --- | --- |\n${rows.join("\n")}\n`;
  });
  const said = Object.entries(sentences).map(([id, text]) => `| \`${id}\` | ${text.replaceAll("|", "\\|")} |`);
  return `${INTRODUCTION}
${subjects.join("\n")}
## What checks say

The ids that \`wrong/NAME.yaml\` may name under \`messages\`, with their sentence in English.

| id | sentence |
| --- | --- |
${said.join("\n")}
`;
}

const row = ({ name, parameters, kind, passes }: VocabularyEntry) =>
  `| \`${name}(${parameters})\` | ${kind} | ${passes} |`;

const INTRODUCTION = `# The vocabulary of checks

Made by \`npm run checks:docs\` from \`grader/checks/\`; do not edit. How a chapter uses it: [authoring.md](authoring.md).

| kind | judges |
| --- | --- |
| state | how it is now, by the nodes' own answers |
| event | that something was done after the baseline: by tasks that the baseline does not know, or by the change |
| return | how it is now, and that it was different since the baseline |
| over time | what held at every look since the baseline; it says how many looks, and how far apart |

\`vmid\` is a number or \`variable("NAME")\`, the learner's own value; so are \`name\`, \`storage\`, \`address\` and the values
of \`properties\`. A question mark means: may be left out.

What a check needs beyond the facts of every look is asked only while a chapter that uses it is on screen: the node's
list of guests (one call of the API), a guest's configuration, and whether a running one is paused (one call each, on the
node that has it, for four guests at most), HA, QDevice and the storages' settings (one call each).
Links and files are read over SSH, as the API does not tell them. A ping needs the lab's capability \`probe\`. The
journal needs the right Sys.Syslog; without it \`quorumKept\` rests on looks. Everything else is readable for PVEAuditor.
`;
