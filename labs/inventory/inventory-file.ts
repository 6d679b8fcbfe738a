/**
 * The inventory: real nodes for a class, as an instructor writes them in YAML (docs/inventory.md).
 *
 * Whatever a node does not say comes from `defaults`. Text may hold `{group}`, `{seat}`, `{n}` and `{node}`, so that
 * eight groups are ten lines.
 */
import { type Document, parseDocument } from "yaml";
import { z } from "zod";

const name = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9 ._{}-]{0,60}$/, "may have letters, digits, spaces, dots, dashes and {placeholders}");
/** As Proxmox has it: what `hostname` says before the first dot. */
const nodeName = z
  .string()
  .regex(/^[A-Za-z0-9{][A-Za-z0-9{}-]{0,60}$/, "is what the node calls itself, without a domain");
/** Two numbers, the smaller first. */
const numbers = (message: string) =>
  z
    .string()
    .regex(/^\d+-\d+$/, message)
    .refine((text) => {
      const [from, to] = text.split("-").map(Number) as [number, number];
      return !(from > to);
    }, "begins with the smaller number");
/** An address or name, placeholders included. */
const host = z.string().regex(/^[A-Za-z0-9._:{}-]{1,120}$/, "is not an address or a name (IPv6 without brackets)");
const port = z.int().min(1).max(65_535);
const hostKey = z.union([
  z.literal("trust-on-first-use"),
  z.string().regex(/^SHA256:[A-Za-z0-9+/]{43}$/, "is what ssh-keygen -lf prints: SHA256:... (or trust-on-first-use)"),
]);
const fingerprint = z
  .string()
  .regex(/^([0-9A-Fa-f]{2}:){31}[0-9A-Fa-f]{2}$/, "is 32 pairs with colons, as Proxmox shows it");

const ssh = z.strictObject({
  host: host.optional(),
  port: port.optional(),
  user: z.string().min(1).max(60).optional(),
  password: z.string().optional(),
  /** PEM or OpenSSH text. */
  privateKey: z.string().optional(),
  hostKey: hostKey.optional(),
  algorithms: z.enum(["modern", "old"]).optional(),
  /** Names of `jumpHosts`, nearest first. */
  jump: z.union([z.string(), z.array(z.string()).max(4)]).optional(),
});

const api = z.strictObject({
  host: host.optional(),
  port: port.optional(),
  /** `tcp` unless said; `ssh`: through the node's SSH connection. */
  through: z.enum(["tcp", "ssh"]).optional(),
  user: z
    .string()
    .regex(/^[^@\s]+@[^@\s]+$/, "is USER@REALM, such as root@pam")
    .optional(),
  /** The SSH password where it is missing and no token is given. */
  password: z.string().optional(),
  token: z
    .string()
    .regex(/^[^!\s]+@[^!\s]+![^=\s]+=[0-9A-Za-z-]+$/, "is USER@REALM!TOKENID=SECRET")
    .optional(),
  certificate: z
    .union([z.literal("learn-over-ssh"), z.strictObject({ fingerprint }), z.strictObject({ ca: z.string() })])
    .optional(),
});

const node = z.strictObject({
  name: nodeName,
  /** `1-3` or `[1, 2, 5]`: one node for each, as `{n}`. */
  n: z.union([numbers("is a range such as 1-3, or a list"), z.array(z.int()).min(1)]).optional(),
  /** By which the nodes know each other; the SSH host unless said. */
  address: host.optional(),
  ssh: ssh.optional(),
  api: api.optional(),
  /** Of the node's web interface, for the learner's browser; the API's address unless said; `none` hides the link. */
  web: z.string().max(200).optional(),
});

const command = z.strictObject({
  run: z.string().min(1).max(2_000),
  /** A command that takes longer is ended. */
  timeoutSeconds: z.int().min(1).max(1_800).default(60),
});

const commands = z.strictObject({
  power: z.strictObject({ on: command, off: command, hung: command.optional(), state: command.optional() }).optional(),
  cables: z.strictObject({ cut: command, mend: command }).optional(),
  reset: command.optional(),
  stage: command.optional(),
});
export type InventoryCommands = z.infer<typeof commands>;
export type InventoryCommand = z.infer<typeof command>;

const seats = z
  .strictObject({
    /** `1-8`: one seat for each, as `{group}`. */
    groups: numbers("is a range such as 1-8").optional(),
    /** Or by name, as `{seat}`. */
    names: z.array(name).min(1).max(300).optional(),
    /** What a seat of `groups` is called; `group {group}` unless said. */
    name: name.optional(),
    nodes: z.array(node).min(1).max(32),
  })
  .refine((seat) => (seat.groups === undefined) !== (seat.names === undefined), "needs either groups or names");

export const inventoryFile = z.strictObject({
  inventory: z.string().regex(/^[a-z0-9][a-z0-9-]{0,40}$/, "is a short name: lower-case letters, digits and dashes"),
  defaults: z
    .strictObject({ ssh: ssh.omit({ host: true }).optional(), api: api.omit({ host: true }).optional() })
    .optional(),
  jumpHosts: z.record(z.string(), ssh.omit({ jump: true }).extend({ host })).optional(),
  seats: z.array(seats).min(1).max(60),
  /** Run on the machine of Quorate, by the instructor's wish alone. */
  commands: commands.optional(),
  /** A `ping` of guests may run on the nodes over SSH, to measure outages. */
  probe: z.boolean().default(true),
});
export type InventoryFile = z.infer<typeof inventoryFile>;
export type InventorySsh = z.infer<typeof ssh>;
export type InventoryApi = z.infer<typeof api>;

/** What is wrong with a file, every place of it; one line each. */
export class InventoryProblems extends Error {
  override name = "InventoryProblems";
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(problems.join("\n"));
    this.problems = problems;
  }
}

/** @throws InventoryProblems naming each wrong place with its line */
export function readInventoryFile(text: string): InventoryFile {
  const document = parseDocument(text, { prettyErrors: true });
  if (document.errors.length > 0) {
    throw new InventoryProblems(document.errors.map(({ message }) => message.split("\n")[0]!.replace(/:$/, "")));
  }
  const parsed = inventoryFile.safeParse(document.toJS());
  if (parsed.success) return parsed.data;
  throw new InventoryProblems(
    parsed.error.issues.map((issue) => {
      const line = lineOf(text, document, issue.path);
      const where = issue.path.map(String).join(".") || "the file";
      return `${line === undefined ? "" : `line ${line}, `}${where}: ${issueInWords(issue)}`;
    }),
  );
}

/** Of the place itself, or of what is around it where it is missing. */
function lineOf(text: string, document: Document, path: readonly PropertyKey[]): number | undefined {
  for (let length = path.length; length >= 0; length--) {
    const at = document.getIn(path.slice(0, length), true) as { range?: [number, number, number] } | undefined;
    if (at?.range) return text.slice(0, at.range[0]).split("\n").length;
  }
  return undefined;
}

function issueInWords(issue: z.core.$ZodIssue): string {
  if (issue.code === "unrecognized_keys") return `there is no ${issue.keys.join(", ")} here`;
  if (issue.code === "invalid_type" && issue.input === undefined && issue.message.endsWith("received undefined")) {
    return "is missing";
  }
  if (issue.code === "invalid_type" && issue.expected === "string") return "must be text: write it in quotes";
  if (issue.code !== "invalid_union") return issue.message;
  const said = issue.errors.flat().map(issueInWords);
  // Every kind that it might have been complains; the one that knows what it should look like helps.
  const known = said.filter((text) => !text.startsWith("Invalid input"));
  const helpful = known.filter((text) => !text.startsWith("must be text"));
  return [...new Set([helpful, known, said].find((list) => list.length > 0))].join(", or ");
}
