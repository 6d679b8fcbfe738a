/** `pstree`: processes as a tree of names. @source psmisc 23.6, its own output */
import type { Program } from "../../shell/process.ts";
import { type Arguments, complain, readArguments, UsageError } from "./arguments.ts";
import { usersOf } from "./logins.ts";
import { type Listed, listAll } from "./process-list.ts";

interface Branch {
  text: string;
  /** How many equal ones it stands for. */
  count: number;
  below: Branch[];
}

interface Glyphs {
  only: string;
  first: string;
  further: string;
  last: string;
  bar: string;
}

const UNICODE: Glyphs = { only: "───", first: "─┬─", further: " ├─", last: " └─", bar: " │ " };
const ASCII: Glyphs = { only: "---", first: "-+-", further: " |-", last: " `-", bar: " | " };

export const pstree: Program = async (ctx) => {
  let args: Arguments;
  try {
    args = readArguments(ctx.argv, "aAcpnuUhlsTtGV", {
      arguments: "a",
      ascii: "A",
      "compact-not": "c",
      "show-pids": "p",
      "numeric-sort": "n",
      "uid-changes": "u",
      unicode: "U",
      "highlight-all": "h",
      long: "l",
      "show-parents": "s",
      "hide-threads": "T",
      version: "V",
    });
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    await complain(ctx, error.message);
    await ctx.stderr.write(
      "Usage: pstree [-acglpsStTuZ] [ -h | -H PID ] [ -n | -N type ]\n              [ -A | -G | -U ] [ PID | USER ]\n",
    );
    return 1;
  }
  const { flags, operands } = args;
  if (flags.has("V")) {
    await ctx.stderr.write("pstree (PSmisc) 23.6\n");
    return 0;
  }
  const all = listAll(ctx);
  const [operand] = operands;
  let roots = all.filter((process) => process.pid === 1);
  if (operand !== undefined && /^\d+$/.test(operand)) roots = all.filter((process) => String(process.pid) === operand);
  else if (operand !== undefined) {
    const own = new Set(all.filter((process) => process.user === operand).map((process) => process.pid));
    if (own.size === 0) {
      const known = (await usersOf(ctx)).has(operand);
      await ctx.stderr.write(known ? "No processes found.\n" : `No such user name: ${operand}\n`);
      return 1;
    }
    roots = all.filter((process) => own.has(process.pid) && !own.has(process.parent));
  }
  const showPids = flags.has("p");
  const build = (process: Listed, parent?: Listed): Branch => {
    const user = flags.has("u") && parent && parent.user !== process.user ? [process.user] : [];
    const notes = [...(showPids && !flags.has("a") ? [String(process.pid)] : []), ...user];
    const name = process.pid === 1 ? "systemd" : process.name;
    const words = process.command.split(" ").slice(1).join(" ");
    const text = flags.has("a")
      ? `${name}${showPids ? `,${process.pid}` : ""}${user.length ? `,${user[0]}` : ""}${words && !/^sshd: /.test(process.command) ? ` ${words}` : ""}`
      : `${name}${notes.length > 0 ? `(${notes.join(",")})` : ""}`;
    const children = all.filter((child) => child.parent === process.pid && child.pid !== process.pid);
    if (!flags.has("n")) children.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.pid - b.pid));
    return { text, count: 1, below: children.map((child) => build(child, process)) };
  };
  // What is not a terminal of UTF-8 gets plain signs.
  const isUtf8 = /utf-?8/i.test(ctx.env.get("LC_ALL") || ctx.env.get("LC_CTYPE") || ctx.env.get("LANG") || "");
  const glyphs = flags.has("U") || (ctx.isTty.stdout && isUtf8 && !flags.has("A")) ? UNICODE : ASCII;
  const lines = roots.flatMap((root) => {
    const tree = build(root);
    return flags.has("a")
      ? listed(tree, "", "", glyphs)
      : drawn(flags.has("c") || showPids ? tree : compacted(tree), glyphs);
  });
  const width = ctx.isTty.stdout && !flags.has("l") ? (ctx.tty?.columns ?? 80) : Number.POSITIVE_INFINITY;
  await ctx.stdout.write(
    lines.map((line) => `${line.length > width ? `${line.slice(0, width - 1)}+` : line}\n`).join(""),
  );
  return roots.length > 0 ? 0 : 1;
};

/** Equal branches side by side become one. */
function compacted({ text, count, below }: Branch): Branch {
  const out = new Map<string, Branch>();
  for (const branch of below.map(compacted)) {
    const key = JSON.stringify(branch);
    const same = out.get(key);
    if (same) same.count += 1;
    else out.set(key, branch);
  }
  return { text, count, below: [...out.values()] };
}

/** What stands for several is in brackets: `3*[pveproxy]`. */
function drawn({ text, count, below }: Branch, glyphs: Glyphs): string[] {
  const head = count > 1 ? `${count}*[${text}` : text;
  const pad = " ".repeat(head.length);
  const lines = below.flatMap((branch, at) => {
    const isLast = at === below.length - 1;
    const lead = below.length === 1 ? glyphs.only : at === 0 ? glyphs.first : isLast ? glyphs.last : glyphs.further;
    const rest = isLast ? "   " : glyphs.bar;
    return drawn(branch, glyphs).map((line, row) =>
      row === 0 ? `${at === 0 ? head : pad}${lead}${line}` : `${pad}${rest}${line}`,
    );
  });
  if (lines.length === 0) lines.push(head);
  return count > 1 ? [...lines.slice(0, -1), `${lines.at(-1)}]`] : lines;
}

function listed({ text, below }: Branch, lead: string, rest: string, glyphs: Glyphs): string[] {
  return [
    lead + text,
    ...below.flatMap((branch, at) => {
      const isLast = at === below.length - 1;
      const sign = (isLast ? glyphs.last : glyphs.further).slice(1);
      return listed(branch, `${rest}  ${sign}`, `${rest}  ${isLast ? "  " : glyphs.bar.slice(1)}`, glyphs);
    }),
  ];
}
