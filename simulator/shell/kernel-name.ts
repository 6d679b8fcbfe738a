/** The kernel of a simulated node, as `uname` and the greeting name it. */
import { KERNEL_RELEASE } from "../cluster/files/synthetic.ts";

export const KERNEL = {
  release: KERNEL_RELEASE,
  version: `#1 SMP PREEMPT_DYNAMIC PMX ${KERNEL_RELEASE.replace("-pve", "")}`,
};
