/** What `ip address|link|route` is told to change, out of its words. @source iproute2 6.1, its own output */
import { broadcastText, isAddress, parsePrefix } from "./ipv4.ts";
import type { NetAddress, NetRoute } from "./network-stack.ts";
import type { RouteWish } from "./route-changes.ts";
import type { StackChange } from "./stack-changes.ts";

/** Words that `ip` itself refuses; the kernel was not asked. */
export class IpMistake extends Error {
  override name = "IpMistake";
  readonly status: number;
  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}

/** What is told beside the change. */
export interface IpChanges {
  changes: StackChange[];
  /** A warning that comes first. */
  warning?: string;
}

const INCOMPLETE = 'Command line is not complete. Try option "help"';
const NO_DEVICE = 'Not enough information: "dev" argument is required.';
const garbage = (what: string, word: string) =>
  new IpMistake(`Error: either "${what}" is duplicate, or "${word}" is a garbage.`, 255);
const wrong = (word: string, why: string) => new IpMistake(`Error: argument "${word}" is wrong: ${why}\n`, 255);
const notHere = (what: string) => new IpMistake(`ip ${what} is not modelled in this simulated node yet`, 1);

/** Words one after the other. */
class Words {
  readonly #words: readonly string[];
  #at = 0;
  constructor(words: readonly string[]) {
    this.#words = words;
  }
  get left(): boolean {
    return this.#at < this.#words.length;
  }
  next(): string {
    const word = this.#words[this.#at++];
    if (word === undefined) throw new IpMistake(INCOMPLETE, 255);
    return word;
  }
}

/** @param words object and verb in full, then what follows; undefined when it is no change of these objects */
export function ipChanges(
  object: "address" | "link" | "route",
  verb: string,
  words: readonly string[],
): IpChanges | undefined {
  const rest = new Words(words);
  switch (object) {
    case "address":
      return addressChanges(verb, rest);
    case "link":
      return linkChanges(verb, rest);
    case "route":
      return routeChanges(verb, rest);
  }
}

const ADDRESS_VERBS = ["add", "change", "replace", "delete", "flush"];
const ROUTE_VERBS = ["add", "change", "replace", "append", "prepend", "delete", "flush"];
const LINK_VERBS = ["add", "delete", "set"];

/** A verb in full for what was typed; undefined when it is none that changes something. */
export function changingVerb(object: "address" | "link" | "route", word: string): string | undefined {
  const verbs = object === "address" ? ADDRESS_VERBS : object === "route" ? ROUTE_VERBS : LINK_VERBS;
  if (object === "address" && (word === "chg" || word === "change")) return "change";
  if (object === "route" && word === "chg") return "change";
  return word === "" ? undefined : verbs.find((verb) => verb.startsWith(word));
}

/** A whole command line behind `ip`, for commands of /etc/network/interfaces; undefined when it changes nothing known. */
export function ipWords(words: readonly string[]): StackChange[] | undefined {
  const [named = "", verb = "", ...rest] = words.filter((word) => word !== "-4");
  const object = (["address", "link", "route"] as const).find((one) => named !== "" && one.startsWith(named));
  const full = object && changingVerb(object, verb);
  return object && full ? ipChanges(object, full, rest)?.changes : undefined;
}

function addressChanges(verb: string, words: Words): IpChanges | undefined {
  let device: string | undefined;
  let local: { address: string; prefixLength: number; given: boolean } | undefined;
  let broadcast: string | undefined;
  let scope: NetAddress["scope"] | undefined;
  let label: string | undefined;
  let noRoute = false;
  let up: boolean | undefined;
  while (words.left) {
    const word = words.next();
    if (word === "dev") device = words.next();
    else if (word === "broadcast" || word === "brd") broadcast = words.next();
    else if (word === "label") label = words.next();
    else if (word === "scope") {
      const value = words.next();
      if (value !== "global" && value !== "link" && value !== "host")
        throw new IpMistake(`Error: argument "${value}" is wrong: invalid scope value.`, 255);
      scope = value;
    } else if (word === "noprefixroute") noRoute = true;
    else if (verb === "flush" && (word === "up" || word === "down")) up = word === "up";
    else if (
      /^(?:peer|remote|anycast|valid_lft|preferred_lft|metric|priority|preference|home|nodad|mngtmpaddr|proto)$/.test(
        word,
      )
    ) {
      if (/_lft$/.test(word) && words.next() === "forever") continue;
      throw notHere(`address ${word}`);
    } else {
      const text = word === "local" || word === "to" ? words.next() : word;
      if (/:.*:|^::/.test(text)) throw notHere("address with IPv6");
      if (verb === "flush" && local === undefined && device === undefined && !/^[\d.]/.test(text)) {
        device = text;
        continue;
      }
      if (local) throw garbage("local", text);
      local = parsePrefix(text, true);
      if (!local) throw new IpMistake(`Error: any valid prefix is expected rather than "${text}".`, 1);
    }
  }
  if (verb === "flush") {
    if (device === undefined && local === undefined && scope === undefined && label === undefined && up === undefined) {
      throw new IpMistake("Flush requires arguments.", 1);
    }
    const change: StackChange = {
      op: "flush-addresses",
      ...(device !== undefined && { device }),
      ...(scope && { scope }),
      ...(label !== undefined && { label }),
      ...(up !== undefined && { up }),
      ...(local && { within: { address: local.address, prefixLength: local.prefixLength } }),
    };
    return { changes: [change] };
  }
  if (device === undefined) throw new IpMistake(NO_DEVICE, 1);
  if (!local) throw new IpMistake("RTNETLINK answers: Operation not supported", 2);
  if (verb === "delete") {
    const { address, prefixLength, given } = local;
    const warning = `Warning: Executing wildcard deletion to stay compatible with old scripts.\n         Explicitly specify the prefix length (${address}/32) to avoid this warning.\n         This special behaviour is likely to disappear in further releases,\n         fix your scripts!`;
    const change: StackChange = { op: "delete-address", device, address, ...(given && { prefixLength }) };
    return given ? { changes: [change] } : { changes: [change], warning };
  }
  const { address, prefixLength } = local;
  if (broadcast === "+") broadcast = broadcastText(address, prefixLength);
  else if (broadcast === "-") broadcast = undefined;
  else if (broadcast !== undefined && !isAddress(broadcast)) {
    throw new IpMistake(`Error: inet address is expected rather than "${broadcast}".`, 1);
  }
  const change: StackChange = {
    op: "add-address",
    device,
    address: {
      address,
      prefixLength,
      scope: scope ?? (address.startsWith("127.") ? "host" : "global"),
      label: label ?? device,
      ...(broadcast !== undefined && { broadcast }),
    },
    ...(verb !== "add" && { replace: true }),
    ...(noRoute && { noRoute: true }),
  };
  return { changes: [change] };
}

function linkChanges(verb: string, words: Words): IpChanges | undefined {
  if (verb === "set") return { changes: settings(words) };
  let name: string | undefined;
  let parent: string | undefined;
  let type: string | undefined;
  let mtu: number | undefined;
  let mac: string | undefined;
  let id: string | undefined;
  let vlanAware = false;
  while (words.left) {
    const word = words.next();
    if (word === "name" || word === "dev") name = validName(words.next());
    else if (word === "link" && type === undefined) parent = words.next();
    else if (word === "type") type = words.next();
    else if (word === "mtu") mtu = numberOf(words.next(), "mtu");
    else if (word === "address") mac = words.next();
    else if (type === "vlan" && word === "id") id = words.next();
    else if (type === "vlan" && /^(?:protocol|proto)$/.test(word)) words.next();
    else if (type === "bridge" && /^[a-z_]+$/.test(word)) {
      const value = words.next();
      if (word === "vlan_filtering") vlanAware = value === "1";
    } else if (name === undefined) name = validName(word);
    else throw garbage("dev", word);
  }
  if (verb === "delete") {
    if (name === undefined) throw new IpMistake(NO_DEVICE, 255);
    return { changes: [{ op: "delete-device", device: name }] };
  }
  if (type === undefined) throw new IpMistake('Not enough information: "type" argument is required', 1);
  if (!["bridge", "dummy", "vlan"].includes(type)) {
    if (
      /^(?:bond|veth|vxlan|macvlan|macvtap|ipvlan|ifb|gre|gretap|ipip|sit|tun|vrf|geneve|wireguard|team|nlmon)$/.test(
        type,
      )
    )
      throw notHere(`link add type ${type}`);
    throw new IpMistake("Error: Unknown device type.", 2);
  }
  const common = { ...(mtu !== undefined && { mtu }), ...(mac !== undefined && { mac }) };
  if (type !== "vlan") {
    if (name === undefined) throw new IpMistake(NO_DEVICE, 255);
    const kind = type as "bridge" | "dummy";
    return { changes: [{ op: "add-device", name, kind, ...common, ...(vlanAware && { vlanAware }) }] };
  }
  if (parent === undefined) throw new IpMistake("Error: Missing link device.", 2);
  if (id === undefined) throw new IpMistake("Error: VLAN properties not specified.", 2);
  if (!/^\d+$/.test(id) || Number(id) > 4094) throw wrong(id, "id is invalid");
  return {
    changes: [{ op: "add-device", name: name ?? `${parent}.${id}`, kind: "vlan", parent, id: Number(id), ...common }],
  };
}

function settings(words: Words): StackChange[] {
  if (!words.left) throw new IpMistake(NO_DEVICE, 255);
  let device: string | undefined;
  const set: Extract<StackChange, { op: "set-device" }>["set"] = {};
  while (words.left) {
    const word = words.next();
    if (word === "dev") device = words.next();
    else if (word === "up") set.up = true;
    else if (word === "down") set.up = false;
    else if (word === "mtu") set.mtu = numberOf(words.next(), "mtu");
    else if (word === "master") set.master = words.next();
    else if (word === "nomaster") set.master = null;
    else if (word === "name") set.name = validName(words.next());
    else if (word === "alias") set.alias = words.next();
    else if (word === "address" || word === "addr") {
      const mac = words.next().toLowerCase();
      if (!/^[0-9a-f]{1,2}(?::[0-9a-f]{1,2}){5}$/.test(mac)) throw new IpMistake(`"${mac}" is invalid lladdr.`, 255);
      set.mac = mac;
    } else if (word === "type" && words.left) {
      const type = words.next();
      if (type !== "bridge" || words.next() !== "vlan_filtering") throw notHere(`link set type ${type}`);
      set.vlanAware = words.next() === "1";
    } else if (
      /^(?:promisc|arp|multicast|allmulticast|txqueuelen|txqlen|netns|vf|group|carrier|broadcast|brd|dynamic|protodown|link-netns)$/.test(
        word,
      )
    )
      throw notHere(`link set ${word}`);
    else if (device === undefined) device = word;
    else throw garbage("dev", word);
  }
  if (device === undefined) throw new IpMistake(NO_DEVICE, 255);
  return [{ op: "set-device", device, set }];
}

const ROUTE_KINDS = ["blackhole", "unreachable", "prohibit"];

function routeChanges(verb: string, words: Words): IpChanges | undefined {
  if (!words.left) {
    if (verb === "flush") throw new IpMistake('"ip route flush" requires arguments.', 1);
    return undefined;
  }
  let to: { address: string; prefixLength: number } | undefined;
  const route: Partial<NetRoute> = {};
  let everything = false;
  while (words.left) {
    const word = words.next();
    if (word === "via") {
      const text = words.next();
      const gateway = text === "inet" ? words.next() : text;
      const parsed = parsePrefix(gateway, true);
      if (gateway.includes(":")) throw notHere("route with IPv6");
      if (!parsed || parsed.given) throw new IpMistake(`Error: inet address is expected rather than "${gateway}".`, 1);
      route.via = parsed.address;
    } else if (word === "dev" || word === "oif") route.device = words.next();
    else if (word === "src") {
      const source = words.next();
      if (!isAddress(source)) throw new IpMistake(`Error: any valid address is expected rather than "${source}".`, 1);
      route.source = source;
    } else if (/^(?:metric|priority|preference)$/.test(word)) {
      const metric = numberOf(words.next(), "metric");
      if (metric > 0) route.metric = metric;
    } else if (word === "proto" || word === "protocol") {
      const protocol = words.next();
      if (!/^\w+$/.test(protocol)) throw wrong(protocol, '"protocol" value is invalid');
      route.protocol = protocol;
    } else if (word === "scope") {
      const scope = words.next();
      if (scope !== "global" && scope !== "link" && scope !== "host") throw wrong(scope, 'invalid "scope" value');
      route.scope = scope;
    } else if (word === "onlink") route.onlink = true;
    else if (word === "table") {
      const table = words.next();
      if (table !== "main" && table !== "254") throw notHere(`route table ${table}`);
      everything = true;
    } else if (
      /^(?:nexthop|nhid|encap|mtu|advmss|rtt|window|weight|realm|tos|dsfield|congctl|quickack|throw|nat|local|broadcast|multicast|anycast|pervasive|root|match|exact|type|cache|vrf|features|initcwnd|initrwnd)$/.test(
        word,
      )
    ) {
      if (verb === "flush" && word === "cache") return { changes: [] };
      throw notHere(`route ${word}`);
    } else if (ROUTE_KINDS.includes(word)) route.kind = word as NonNullable<NetRoute["kind"]>;
    else if (word === "unicast") continue;
    else {
      const text = word === "to" ? words.next() : word;
      if (/:.*:|^::/.test(text)) throw notHere("route with IPv6");
      if (to) throw garbage("to", text);
      if (verb === "flush" && text === "all") {
        everything = true;
        continue;
      }
      to =
        text === "default" || text === "any" || text === "all"
          ? { address: "0.0.0.0", prefixLength: 0 }
          : parsePrefix(text, true);
      if (!to) throw new IpMistake(`Error: any valid prefix is expected rather than "${text}".`, 1);
    }
  }
  const target = to && { destination: to.address, prefixLength: to.prefixLength };
  if (verb === "flush") {
    if (!target && !everything && Object.keys(route).length === 0)
      throw new IpMistake('"ip route flush" requires arguments.', 1);
    return { changes: [{ op: "flush-routes", route: { ...route, ...target } }] };
  }
  // Without a destination it is the default route.
  const place = target ?? { destination: "0.0.0.0", prefixLength: 0 };
  if (verb === "delete") return { changes: [{ op: "delete-route", route: { ...route, ...place } }] };
  const how = verb as "add" | "change" | "replace" | "append" | "prepend";
  return { changes: [{ op: "put-route", how, route: { ...route, ...place } as RouteWish }] };
}

function numberOf(text: string, what: string): number {
  if (!/^\d+$/.test(text)) throw wrong(text, what === "mtu" ? 'Invalid "mtu" value' : `"${what}" value is invalid`);
  return Number(text);
}

function validName(name: string): string {
  if (name.length > 15 || name === "" || /[/\s]/.test(name)) {
    throw new IpMistake(`Error: argument "${name}" is wrong: "name" not a valid ifname`, 255);
  }
  return name;
}
