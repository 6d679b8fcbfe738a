/** What a learner is told before the lab, or one node of it, is put into another state. */

export type Target = { to: "chapter" } | { to: "installed" } | { to: "restore-point"; restorePoint: string };

/** What the change ends or takes away; with `node` only that node changes. */
export function whatIsLost(target: Target, node: string | undefined): string {
  if (node === undefined) {
    return "All nodes of your lab change to that state, and programs that run in the terminals end.";
  }
  if (target.to === "installed") {
    return (
      `${node} becomes as it was right after its installation. Lost on ${node}: its files, its settings, the guests on ` +
      `its local disks, and its place in the cluster. The other nodes stay as they are and still list ${node}: remove ` +
      `it there with "pvecm delnode ${node}" before it joins again. Programs in the terminals of ${node} end.`
    );
  }
  return (
    `${node} gets the disks that it had then, and starts from them. Lost on ${node}: everything that was changed on it ` +
    `since. The other nodes stay as they are, so ${node} may believe in a cluster that is no longer there. Programs in ` +
    `the terminals of ${node} end.`
  );
}
