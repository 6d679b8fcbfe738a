"use client";

/** What this lab cannot do by itself and the chapter asks for: the steps by hand. The checks are the same. */
import { useChapter } from "./chapter-provider.tsx";

/** By capability; whoever stands beside the nodes does it, or the instructor. */
const STEPS: Record<string, { title: string; steps: string[] }> = {
  power: {
    title: "Switching a node off and on",
    steps: [
      "Off, as if the plug was pulled: pull it, or hold the power button for ten seconds. Of a node that is itself a virtual machine: Stop on its host, not Shutdown.",
      "On: put the plug back and press the button, or Start on its host.",
    ],
  },
  cables: {
    title: "Cutting and mending a cable",
    steps: [
      "Cut: pull the network cable of the node that the text names. Of a virtual machine: tick Disconnect at its network device on the host.",
      "Mend: put it back, or take the tick away. Your terminal comes back by itself.",
    ],
  },
  latency: {
    title: "A slow or lossy network",
    steps: [
      "At the console of a node, for its cluster network: tc qdisc add dev INTERFACE root netem delay 50ms, or loss 5%.",
      "Back to normal: tc qdisc del dev INTERFACE root.",
    ],
  },
  clock: {
    title: "A wrong clock",
    steps: [
      "On the node: systemctl stop chrony, then date -s with the time that the text says. Back: systemctl start chrony.",
    ],
  },
  probe: {
    title: "Measuring how long a machine is away",
    steps: [
      "From a node that the machine does not leave: ping -i 0.2 ADDRESS while it moves; count the numbers that are missing, five a second.",
      "Without this the check of that step cannot tell; it costs nothing.",
    ],
  },
  watchdog: { title: "Taking the watchdog away", steps: ["Leave it as it is: real nodes keep theirs."] },
};

export function ByHand() {
  const { missing, stage, stageByHand } = useChapter().chapter;
  const known = missing.flatMap((one) => (STEPS[one] ? [{ id: one, ...STEPS[one] }] : []));
  if (known.length === 0 && stageByHand === undefined) return null;
  return (
    <section aria-labelledby="by-hand" className="my-4 border-l-2 border-edge pl-4 text-ui">
      <h2 id="by-hand" className="font-semibold">
        By hand on these nodes
      </h2>
      <p className="mt-1 max-w-[60ch] text-quiet">
        Nothing here can do this for you on your nodes. Do it yourself or ask your instructor; the checks are the same.
      </p>
      {stageByHand !== undefined && (
        <details className="mt-2">
          <summary className="cursor-pointer">
            Beginning: {stage ?? "separate nodes, as they are after the installation"}
          </summary>
          {stageByHand.length === 0 ? (
            <p className="mt-1">Roll the nodes back to their snapshots, or install them anew.</p>
          ) : (
            <ol className="mt-1 list-decimal pl-6">
              <li>Begin with separate nodes, unless they are so far already.</li>
              {stageByHand.map(({ node, command }, at) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: the same command may come twice, in a fixed order
                <li key={at}>
                  on {node}: <code className="font-mono text-code [overflow-wrap:anywhere]">{command}</code>
                </li>
              ))}
            </ol>
          )}
        </details>
      )}
      {known.map(({ id, title, steps }) => (
        <details key={id} className="mt-2">
          <summary className="cursor-pointer">{title}</summary>
          <ul className="mt-1 list-disc pl-6">
            {steps.map((step) => (
              <li key={step}>{step}</li>
            ))}
          </ul>
        </details>
      ))}
    </section>
  );
}
