/** Checks of files that every node should show, as pmxcfs does with `/etc/pve`; read over SSH. */
import { type Check, check, couldNotCheck, notYet, passed } from "./check.ts";
import { say } from "./messages.ts";
import { entryOf, unreachable, viewOf } from "./views.ts";

/** The file is there on each of `nodes`, everywhere with the same content. */
export function fileOnAll({ path, nodes }: { path: string; nodes: readonly string[] }): Check {
  return check(
    ({ observation }) => {
      const expected = say("expected.file", { path, nodes: [...nodes] });
      const told = nodes.map((node) => ({ node, fact: entryOf(observation, node)?.files }));
      const read = told.flatMap(({ node, fact }) => {
        const file = fact?.read ? fact.value.find((one) => one.path === path) : undefined;
        return file ? [{ node, file }] : [];
      });
      const evidence = read.map(({ node, file }) => ({ node, source: `${path} sha256`, value: file.sha256 }));
      const has = read.filter(({ file }) => file.sha256 !== null);
      const without = read.filter(({ file }) => file.sha256 === null).map(({ node }) => node);
      const seen = say("seen.file", { path, nodes: has.map(({ node }) => node) });
      if (without.length > 0) {
        const next = say("next.write-file", { node: nodes[0]!, path });
        return notYet(say("file.missing", { path, nodes: without }), { seen, expected, next }, evidence);
      }
      const other = has.find(({ file }) => file.sha256 !== has[0]!.file.sha256);
      if (other) {
        const values = { path, node: has[0]!.node, other: other.node };
        return notYet(
          say("file.differs", values),
          { seen, expected, next: say("next.compare-file", values) },
          evidence,
        );
      }
      const unread = told.filter(({ node }) => !read.some((one) => one.node === node));
      const silent = unread.map(({ node }) => viewOf(observation, node)).filter(({ kind }) => kind === "unknown");
      if (silent.length > 0) return unreachable(silent, expected, evidence);
      if (unread.length > 0) {
        const { node, fact } = unread[0]!;
        const reason = fact && !fact.read ? fact.trouble.reason : "it was not asked";
        const next = say("next.look-at-node", { nodes: [node] });
        return couldNotCheck(say("file.unread", { node, reason }), next, evidence, { expected });
      }
      return passed(say("file.on-all", { path, nodes: [...nodes] }), evidence);
    },
    { files: [path] },
  );
}
