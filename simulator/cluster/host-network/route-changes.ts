/** Routes of a node's main table put and taken away. @source Linux 6.x net/ipv4/fib_semantics.c, fib_trie.c */
import { Refusal } from "../refusal.ts";
import { existingDevice } from "./address-changes.ts";
import { addressBits, networkOf } from "./ipv4.ts";
import type { NetRoute, NetworkStack } from "./network-stack.ts";
import { deviceForGateway, hasAddress } from "./route-choice.ts";

export type RouteChange =
  /** `add` refuses one that is there, `change` one that is not, `replace` takes both, `append` and `prepend` put another. */
  | { op: "put-route"; how: "add" | "change" | "replace" | "append" | "prepend"; route: RouteWish }
  /** What is given must fit; the first that does goes. */
  | { op: "delete-route"; route: Partial<NetRoute> & Pick<NetRoute, "destination" | "prefixLength"> }
  /** All that fit go; none is no error. */
  | { op: "flush-routes"; route: Partial<NetRoute> };

/** A route as it is asked for: the device may follow from the gateway. */
export type RouteWish = Omit<NetRoute, "scope" | "protocol"> & Partial<Pick<NetRoute, "scope" | "protocol">>;

const EXISTS = "RTNETLINK answers: File exists";

/** Change routes of a stack in place. @throws Refusal with what `ip` prints */
export function changeRoute(stack: NetworkStack, change: RouteChange): void {
  if (change.op === "flush-routes") {
    stack.routes = stack.routes.filter((route) => !fits(route, change.route));
    return;
  }
  if (change.op === "delete-route") {
    const at = stack.routes.findIndex((route) => fits(route, change.route));
    if (at < 0) throw new Refusal("not-found", "RTNETLINK answers: No such process");
    stack.routes.splice(at, 1);
    return;
  }
  const route = complete(stack, change.route);
  const same = (other: NetRoute) =>
    other.destination === route.destination &&
    other.prefixLength === route.prefixLength &&
    (other.metric ?? 0) === (route.metric ?? 0);
  const at = stack.routes.findIndex(same);
  const { how } = change;
  if (at >= 0 && (how === "change" || how === "replace")) {
    stack.routes[at] = route;
    return;
  }
  if (how === "change") throw new Refusal("not-found", "RTNETLINK answers: No such file or directory");
  if (at >= 0 && how === "add") throw new Refusal("already-exists", EXISTS);
  if (stack.routes.some((other) => same(other) && sameWay(other, route))) throw new Refusal("already-exists", EXISTS);
  if (how === "prepend" && at >= 0) stack.routes.splice(at, 0, route);
  else stack.routes.push(route);
}

const sameWay = (one: NetRoute, other: NetRoute) => one.via === other.via && one.device === other.device;

function fits(route: NetRoute, wanted: Partial<NetRoute>): boolean {
  return (Object.keys(wanted) as (keyof NetRoute)[]).every(
    (key) => wanted[key] === undefined || wanted[key] === route[key],
  );
}

/** What the kernel makes of it, or why it will not. */
function complete(stack: NetworkStack, wish: RouteWish): NetRoute {
  const { destination, prefixLength, via, source, kind } = wish;
  const bits = addressBits(destination);
  if (networkOf(bits, prefixLength) !== bits) {
    throw new Refusal("invalid", "Error: Invalid prefix for given prefix length.");
  }
  const protocol = wish.protocol ?? "boot";
  if (kind) return { ...wish, protocol, scope: wish.scope ?? "global" };
  let device = wish.device === undefined ? undefined : existingDevice(stack, wish.device);
  if (via !== undefined) {
    const found = deviceForGateway(stack, via, device?.name);
    if (!found && !(wish.onlink && device)) throw new Refusal("invalid", "Error: Nexthop has invalid gateway.");
    if (!device && found !== undefined) device = existingDevice(stack, found);
  }
  if (!device) throw new Refusal("not-found", "RTNETLINK answers: No such device");
  if (!device.up) throw new Refusal("invalid", "Error: Device for nexthop is not up.");
  if (source !== undefined && !hasAddress(stack, source)) {
    throw new Refusal("invalid", "Error: Invalid prefsrc address.");
  }
  return { ...wish, device: device.name, protocol, scope: wish.scope ?? (via === undefined ? "link" : "global") };
}
