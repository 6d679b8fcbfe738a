/**
 * The gateway as the product has it, over the benchmark's sshd; database and pages are held in memory.
 *
 * Asked with `memory` it says what its memory is used for.
 */
import { startTestGateway } from "../../gateway/testing/test-gateway.ts";
import type { BenchNode } from "./sshd.ts";

process.once("message", async (node: BenchNode) => {
  const { host, port, user, privateKey, hostKeySha256 } = node;
  const door = {
    name: "node",
    description: () => ({
      name: "node",
      ssh: { host, port, user, privateKey, hostKeySha256 },
      api: { url: "https://127.0.0.1:1", certSha256: Array(32).fill("00").join(":"), user: "root@pam" },
    }),
  };
  const limits = { sessionsPerPerson: 10_000, opensPerMinute: 100_000 };
  const gateway = await startTestGateway([door], { limits });
  process.on("message", () => process.send?.(process.memoryUsage()));
  process.send?.({ url: gateway.url });
});
process.once("disconnect", () => process.exit(0));
