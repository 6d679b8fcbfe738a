/**
 * `qm terminal`: the guest's serial port at this node's QEMU, with a getty behind it. It ends with that process: a live
 * migration takes the port to another node.
 *
 * @source recordings guests/30, 31; the login is the lab's own (root, no password)
 */
import { parseGuestConfig } from "../../cluster/guests/guest-config.ts";
import { instanceOf, machineAnswers } from "../../cluster/guests/guest-view.ts";
import type { QemuInstance } from "../../cluster/guests/guests-state.ts";
import { type ProgramContext, Terminated } from "../../shell/process.ts";
import type { ShellSession } from "../../shell/session.ts";
import { Terminal } from "../../shell/terminal.ts";
import { bootOf } from "../guest/guest-boot.ts";
import { guestSession } from "../guest/guest-session.ts";
import type { Values } from "../pvecm/arguments.ts";
import { configOf } from "./report.ts";

const ESCAPE = 0x0f;
const WRONG_LOGIN_MS = 3_000;

export async function terminal(context: ProgramContext, values: Values): Promise<number> {
  const { lab, node, tty } = context;
  const vmid = Number(values.vmid);
  const refuse = async (text: string) => {
    await context.stderr.write(`${text}\n`);
    return 255;
  };
  if ((await configOf(context, vmid)) === undefined) return 2;
  const instance = lab.read((state) => instanceOf(state, node, vmid));
  if (!instance) return refuse(`VM ${vmid} not running`);
  const { keys } = parseGuestConfig(instance.config);
  const iface = values.iface ?? [0, 1, 2, 3].map((one) => `serial${one}`).find((one) => keys[one] !== undefined);
  if (iface === undefined) return refuse("unable to find a serial interface");
  if (keys[iface] !== "socket") return refuse(`interface '${iface}' is not configured, or is no socket`);
  await context.stdout.write(`starting serial terminal on interface ${iface} (press Ctrl+O to exit)\n`);
  if (!tty || !context.isTty.stdin) return 0;
  const over = new AbortController();
  lab
    .until((state) => (instanceOf(state, node, vmid)?.pid === instance.pid ? undefined : true), {
      signal: over.signal,
      background: true,
    })
    .then(
      () => over.abort(new Error("the port is gone")),
      () => undefined,
    );
  const port = new SerialPort(context, instance);
  tty.setMode("raw");
  try {
    for (;;) {
      const bytes = await tty.readKeys(over.signal);
      const end = bytes.indexOf(ESCAPE);
      await port.input(end < 0 ? bytes : bytes.subarray(0, end));
      if (end >= 0 || bytes.length === 0) return 0;
    }
  } catch (error) {
    if (over.signal.aborted && !(error instanceof Terminated)) return 0;
    throw error;
  } finally {
    over.abort(new Error("the terminal was left"));
    port.hangUp();
    tty.setMode("cooked");
  }
}

/** The getty behind a serial port: it asks for a name, and gives root a shell. */
class SerialPort {
  readonly #context: ProgramContext;
  readonly #instance: QemuInstance;
  #state: "silent" | "login" | "password" | "session" = "silent";
  #typed = "";
  #remote: Terminal | undefined;
  #session: ShellSession | undefined;
  /** Nobody looks any more: what the guest says is not shown. */
  #left = false;

  constructor(context: ProgramContext, instance: QemuInstance) {
    this.#context = context;
    this.#instance = instance;
  }

  async input(bytes: Uint8Array): Promise<void> {
    // A machine that stands still or has not booted answers nothing.
    const answers = this.#context.lab.read((lab) => machineAnswers(lab, this.#instance));
    if (!answers) return;
    if (this.#state === "session") {
      this.#remote?.input(bytes);
      return;
    }
    for (const byte of bytes) await this.#key(byte);
  }

  hangUp(): void {
    this.#left = true;
    this.#session?.hangUp();
  }

  async #key(byte: number): Promise<void> {
    if (this.#state === "session") {
      this.#remote?.input(Uint8Array.of(byte));
    } else if (byte === 0x0d || byte === 0x0a) {
      await this.#show("\n");
      await this.#line(this.#typed);
      this.#typed = "";
    } else if (byte === 0x7f || byte === 0x08) {
      if (this.#typed !== "" && this.#state === "login") await this.#show("\b \b");
      this.#typed = this.#typed.slice(0, -1);
    } else if (byte >= 0x20 && this.#typed.length < 64) {
      this.#typed += String.fromCharCode(byte);
      if (this.#state === "login") await this.#show(String.fromCharCode(byte));
    }
  }

  async #line(typed: string): Promise<void> {
    if (this.#state === "login" && typed === "root") return this.#open();
    if (this.#state === "login" && typed !== "") {
      this.#state = "password";
      return this.#show("Password: ");
    }
    if (this.#state === "password") {
      await this.#context.lab.sleep(WRONG_LOGIN_MS, this.#context.signal);
      await this.#show("\nLogin incorrect\n");
    }
    return this.#greet();
  }

  async #greet(): Promise<void> {
    const { hostName } = bootOf(this.#instance);
    const first = this.#state === "silent";
    this.#state = "login";
    await this.#show(`${first ? `\nDebian GNU/Linux 12 ${hostName} ttyS0\n\n` : ""}${hostName} login: `);
  }

  #open(): void {
    const tty = this.#context.tty!;
    this.#state = "session";
    this.#remote = new Terminal({
      columns: tty.columns,
      rows: tty.rows,
      term: "vt220",
      send: async (bytes) => {
        if (!this.#left) await tty.write(bytes.filter((byte, at) => byte !== 0x0d || bytes[at + 1] !== 0x0a));
      },
    });
    this.#session = guestSession(this.#context, bootOf(this.#instance), this.#remote);
    this.#session.runInteractive().then(
      () => {
        this.#state = "silent";
        return this.#greet();
      },
      () => undefined,
    );
  }

  async #show(text: string): Promise<void> {
    if (!this.#left) await this.#context.tty!.write(text);
  }
}
