/** Every way in which the network of a running node is changed, whoever does it. */
import { type AddressChange, changeAddress } from "./address-changes.ts";
import { changeDevice, type DeviceChange } from "./device-changes.ts";
import type { NetworkStack } from "./network-stack.ts";
import { changeRoute, type RouteChange } from "./route-changes.ts";

export type StackChange = AddressChange | DeviceChange | RouteChange;

/** Change a stack in place. @throws Refusal with what `ip` prints */
export function changeStack(stack: NetworkStack, change: StackChange): void {
  switch (change.op) {
    case "add-address":
    case "delete-address":
    case "flush-addresses":
      changeAddress(stack, change);
      return;
    case "put-route":
    case "delete-route":
    case "flush-routes":
      changeRoute(stack, change);
      return;
    default:
      changeDevice(stack, change);
  }
}
