/** What `journalctl -x` adds to messages of systemd. @source the catalogue of systemd 252, `journalctl --dump-catalog` */

interface Explanation {
  id: string;
  subject: string;
  body: string;
}

/** By what the message says: `U` is the unit in it, `J` the number of its job. */
const EXPLAINED: [form: RegExp, explanation: (found: RegExpExecArray, job: number) => Explanation][] = [
  [
    /^Starting (\S+) - /,
    ([, unit], job) => ({
      id: "7d4958e842da4a758f6c1cdc7b36dcc5",
      subject: `A start job for unit ${unit} has begun execution`,
      body: `A start job for unit ${unit} has begun execution.\n\nThe job identifier is ${job}.`,
    }),
  ],
  [
    /^(?:Started|Finished) (\S+) - /,
    ([, unit], job) => ({
      id: "39f53479d3a045ac8e11786248231fbf",
      subject: `A start job for unit ${unit} has finished successfully`,
      body: `A start job for unit ${unit} has finished successfully.\n\nThe job identifier is ${job}.`,
    }),
  ],
  [
    /^Failed to start (\S+) - /,
    ([, unit], job) => ({
      id: "be02cf6855d2428ba40df7e9d022f03d",
      subject: `A start job for unit ${unit} has failed`,
      body: `A start job for unit ${unit} has finished with a failure.\n\nThe job identifier is ${job} and the job result is failed.`,
    }),
  ],
  [
    /^Stopping (\S+) - /,
    ([, unit], job) => ({
      id: "de5b426a63be47a7b6ac3eaac82e2f6f",
      subject: `A stop job for unit ${unit} has begun execution`,
      body: `A stop job for unit ${unit} has begun execution.\n\nThe job identifier is ${job}.`,
    }),
  ],
  [
    /^Stopped (\S+) - /,
    ([, unit], job) => ({
      id: "9d1aaa27d60140bd96365438aad20286",
      subject: `A stop job for unit ${unit} has finished`,
      body: `A stop job for unit ${unit} has finished.\n\nThe job identifier is ${job} and the job result is done.`,
    }),
  ],
  [
    /^Reloading (\S+) - /,
    ([, unit], job) => ({
      id: "d34d037fff1847e6ae669a370e694725",
      subject: `A reload job for unit ${unit} has begun execution`,
      body: `A reload job for unit ${unit} has begun execution.\n\nThe job identifier is ${job}.`,
    }),
  ],
  [
    /^Reloaded (\S+) - /,
    ([, unit], job) => ({
      id: "7b05ebc668384222baa8881179cfda54",
      subject: `A reload job for unit ${unit} has finished`,
      body: `A reload job for unit ${unit} has finished.\n\nThe job identifier is ${job} and the job result is done.`,
    }),
  ],
  [
    /^(\S+): Deactivated successfully\.$/,
    ([, unit]) => ({
      id: "7ad2d189f7e94e70a38c781354912448",
      subject: "Unit succeeded",
      body: `The unit ${unit} has successfully entered the 'dead' state.`,
    }),
  ],
  [
    /^(\S+): Main process exited, code=(\w+), status=(\d+)/,
    ([, unit, code, status]) => ({
      id: "98e322203f7a4ed290d09fe03c09fe15",
      subject: "Unit process exited",
      body: `An ExecStart= process belonging to unit ${unit} has exited.\n\nThe process' exit code is '${code}' and its exit status is ${status}.`,
    }),
  ],
  [
    /^(\S+): Failed with result '([\w-]+)'\.$/,
    ([, unit, result]) => ({
      id: "d9b373ed55a64feb8242e02dbe79a49c",
      subject: "Unit failed",
      body: `The unit ${unit} has entered the 'failed' state with result '${result}'.`,
    }),
  ],
  [
    /^(\S+): Scheduled restart job,/,
    ([, unit]) => ({
      id: "5eb03494b6584870a536b337290809b3",
      subject: "Automatic restarting of a unit has been scheduled",
      body: `Automatic restarting of the unit ${unit} has been scheduled, as the result for\nthe configured Restart= setting for the unit.`,
    }),
  ],
];

function explain(text: string, job: number): Explanation | undefined {
  for (const [form, explanation] of EXPLAINED) {
    const found = form.exec(text);
    if (found) return explanation(found, job);
  }
  return undefined;
}

/** `MESSAGE_ID` of a message of systemd; undefined for one without. */
export function messageId(text: string): string | undefined {
  return explain(text, 0)?.id;
}

/** A message begins a job of its unit; what ends it carries the same number. */
export function beginsJob(text: string): boolean {
  return /^(?:Starting|Stopping|Reloading) \S+ - /.test(text);
}

/** The lines below a message; empty for one that needs no words. @param job number of the unit's job */
export function catalogueText(text: string, job: number): string {
  const found = explain(text, job);
  if (!found) return "";
  const lines = [
    `Subject: ${found.subject}`,
    "Defined-By: systemd",
    "Support: https://www.debian.org/support",
    "",
    ...found.body.split("\n"),
  ];
  return lines.map((line) => `░░ ${line}\n`).join("");
}
