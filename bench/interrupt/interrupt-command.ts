/**
 * `npm run bench:interrupt`: from ^C to the prompt, over SSH to a simulated node, for commands of several kinds.
 *
 * The reference is ^C at an empty prompt of the same shell in the same run: what the connection and the line editor cost
 * by themselves. A second shell of the same lab is asked something while a loop runs, against the same question at rest.
 */
import ssh2, { type ClientChannel } from "ssh2";
import { startLabProcess } from "../../tools/lab-process.ts";
import { median, percentile, round } from "../figures.ts";

const TRIES = 20;
const COMMANDS = [
  "while true; do :; done",
  "sleep 1000",
  "while true; do pvecm nodes; sleep 2; done",
  "yes > /dev/null",
];
const PROMPT = "root@pve1:~# ";

interface Shell {
  type(text: string): void;
  /** Resolves when the text has come after the last thing that was waited for. */
  shows(text: string): Promise<void>;
}

const lab = await startLabProcess({ nodes: 1, seed: "1" });
const { ssh } = lab.description.nodes[0]!;

function openShell(): Promise<{ shell: Shell; end(): void }> {
  return new Promise((resolve, reject) => {
    const client = new ssh2.Client();
    client.on("error", reject);
    client.on("ready", () => {
      client.setNoDelay(true);
      client.shell({ term: "xterm-256color" }, (error, channel: ClientChannel) => {
        if (error) return reject(error);
        let unread = "";
        let waiting: { text: string; resolve(): void } | undefined;
        const look = () => {
          const at = waiting ? unread.indexOf(waiting.text) : -1;
          if (!waiting || at < 0) return;
          unread = unread.slice(at + waiting.text.length);
          const { resolve: found } = waiting;
          waiting = undefined;
          found();
        };
        channel.on("data", (bytes: Buffer) => {
          unread += bytes.toString("latin1");
          look();
        });
        resolve({
          shell: {
            type: (text) => void channel.write(text),
            shows: (text) =>
              new Promise<void>((found) => {
                waiting = { text, resolve: found };
                look();
              }),
          },
          end: () => client.end(),
        });
      });
    });
    client.connect({ host: ssh.host, port: ssh.port, username: ssh.user, password: ssh.password! });
  });
}

const ask = async (shell: Shell, word: string) => {
  const began = performance.now();
  shell.type(`echo ${word}\r`);
  await shell.shows(`\r\n${word}\r\n`);
  await shell.shows(PROMPT);
  return performance.now() - began;
};

const first = await openShell();
const second = await openShell();
await first.shell.shows(PROMPT);
await second.shell.shows(PROMPT);

const interrupt = async (shell: Shell) => {
  const began = performance.now();
  shell.type("\x03");
  await shell.shows("^C");
  await shell.shows(PROMPT);
  return performance.now() - began;
};

const reference: number[] = [];
const atRest: number[] = [];
const busy: number[] = [];
const figures: Record<string, number[]> = Object.fromEntries(COMMANDS.map((command) => [command, []]));
for (let attempt = 0; attempt < TRIES; attempt++) {
  reference.push(await interrupt(first.shell));
  atRest.push(await ask(second.shell, `rest${attempt}`));
  for (const command of COMMANDS) {
    first.shell.type(`${command}\r`);
    await first.shell.shows(command.slice(-6));
    await first.shell.shows("\r\n");
    if (command === COMMANDS[0]) busy.push(await ask(second.shell, `busy${attempt}`));
    figures[command]!.push(await interrupt(first.shell));
  }
}
first.end();
second.end();
await lab.stop();

const line = (name: string, values: number[], against: number[]) =>
  `${name.padEnd(46)} p50 ${String(round(median(values))).padStart(7)} ms  p95 ${String(round(percentile(values, 0.95))).padStart(7)} ms  ${round(median(values) / median(against))} x`;
console.log(`From ^C to the prompt, ${TRIES} tries each, beside ^C at an empty prompt of the same shell`);
console.log(line("an empty prompt (reference)", reference, reference));
for (const command of COMMANDS) console.log(line(command, figures[command]!, reference));
console.log("\nA second shell of the same lab, asked `echo`, beside the same at rest");
console.log(line("at rest (reference)", atRest, atRest));
console.log(line(`while the first runs: ${COMMANDS[0]}`, busy, atRest));
