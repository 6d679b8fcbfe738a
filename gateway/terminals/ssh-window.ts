/**
 * How much a node may send before it is allowed more.
 *
 * ssh2 gives every channel 2 MiB and lets a paused one fill them: that much is still printed after ^C, and held for every
 * stalled browser. This keeps it to a quarter of a MiB, which is still 25 MB/s at a round trip of 10 ms. ssh2 has no
 * setting for it, so two messages of its protocol object are replaced; the channel itself is never paused, and ssh2's own
 * count, which it tops up at half, never runs out.
 *
 * @source ssh2 1.17.0 lib/client.js openChannel, lib/Channel.js windowAdjust
 */
import type { Client } from "ssh2";

export const SSH_WINDOW_BYTES = 256 * 1024;

interface Protocol {
  session(channel: number, window: number, packet: number): void;
  channelWindowAdjust(channel: number, bytes: number): void;
}

export interface SshWindow {
  /** These arrived; the node gets as much again unless it is held. */
  arrived(bytes: number): void;
  /** Nothing more is granted until `release`. */
  hold(): void;
  release(): void;
}

/**
 * Take over the window of the one channel this client will open. Call it before the channel is asked for.
 *
 * @param channelId the node's number of the channel, once it is known
 * @throws TypeError when ssh2's inside is not as it was: better no terminal in a test than an unbounded one in a class
 */
export function takeWindow(client: Client, channelId: () => number | undefined): SshWindow {
  const protocol = (client as unknown as { _protocol?: Protocol })._protocol;
  if (typeof protocol?.session !== "function" || typeof protocol.channelWindowAdjust !== "function") {
    throw new TypeError("this version of ssh2 keeps its window elsewhere");
  }
  const session = protocol.session.bind(protocol);
  const adjust = protocol.channelWindowAdjust.bind(protocol);
  protocol.session = (channel, _window, packet) => session(channel, SSH_WINDOW_BYTES, packet);
  protocol.channelWindowAdjust = () => undefined;
  let owed = 0;
  let held = false;
  const grant = () => {
    const id = channelId();
    if (held || id === undefined || owed < SSH_WINDOW_BYTES / 2) return;
    adjust(id, owed);
    owed = 0;
  };
  return {
    arrived(bytes) {
      owed += bytes;
      grant();
    },
    hold() {
      held = true;
    },
    release() {
      held = false;
      grant();
    },
  };
}
