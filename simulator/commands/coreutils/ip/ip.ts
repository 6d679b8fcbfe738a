/** `ip`: addresses, links, routes, neighbours and rules of a node, shown and changed. @source iproute2 6.1, its own output */
import { changingVerb } from "../../../cluster/host-network/ip-words.ts";
import type { Program } from "../../../shell/process.ts";
import { notModelled } from "../../printed.ts";
import { changeNetwork } from "./ip-change.ts";
import { showDevices } from "./ip-devices.ts";
import { showNeighbours, showRules } from "./ip-neighbours.ts";
import { type IpOptions, refuse, write } from "./ip-output.ts";
import { showRoutes } from "./ip-routes.ts";

/** In the order in which a shortened name is looked up. */
const OBJECTS = ["address", "link", "route", "neighbour", "neighbor", "rule", "maddress", "help"];

/** Known to the real one. */
const FURTHER_OBJECTS =
  "addrlabel amt fou ila ioam l2tp macsec monitor mptcp mroute mrule netconf netns nexthop ntable ntbl sr tap tcpmetrics token tunnel tuntap vrf xfrm".split(
    " ",
  );

const USAGE = `Usage: ip [ OPTIONS ] OBJECT { COMMAND | help }
       ip [ -force ] -batch filename
where  OBJECT := { address | addrlabel | amt | fou | help | ila | ioam | l2tp |
                   link | macsec | maddress | monitor | mptcp | mroute | mrule |
                   neighbor | neighbour | netconf | netns | nexthop | ntable |
                   ntbl | route | rule | sr | tap | tcpmetrics |
                   token | tunnel | tuntap | vrf | xfrm }
       OPTIONS := { -V[ersion] | -s[tatistics] | -d[etails] | -r[esolve] |
                    -h[uman-readable] | -iec | -j[son] | -p[retty] |
                    -f[amily] { inet | inet6 | mpls | bridge | link } |
                    -4 | -6 | -M | -B | -0 |
                    -l[oops] { maximum-addr-flush-attempts } | -br[ief] |
                    -o[neline] | -t[imestamp] | -ts[hort] | -b[atch] [filename] |
                    -rc[vbuf] [size] | -n[etns] name | -N[umeric] | -a[ll] |
                    -c[olor]}
`;

export const ip: Program = async (ctx) => {
  const words = ctx.argv.slice(1);
  const options: IpOptions = {
    brief: false,
    family: "",
    json: false,
    pretty: false,
    oneLine: false,
    details: false,
    statistics: 0,
  };
  while (words[0]?.startsWith("-")) {
    const option = words.shift()!.replace(/^--/, "-");
    const is = (long: string, least: number) => option.length > least && long.startsWith(option);
    if (option === "-") break;
    if (is("-brief", 2)) options.brief = true;
    else if (is("-json", 1)) options.json = true;
    else if (is("-pretty", 1)) options.pretty = true;
    else if (option === "-4" || option === "-6" || option === "-0") options.family = option[1] as "4";
    else if (is("-family", 1)) {
      const family = words.shift() ?? "";
      options.family = ({ inet: "4", inet6: "6", link: "0" }[family] as "4" | undefined) ?? "";
    } else if (is("-oneline", 1)) options.oneLine = true;
    else if (is("-details", 1)) options.details = true;
    else if (is("-stats", 1) || is("-statistics", 1)) options.statistics += 1;
    else if (is("-Version", 1) || option === "-V") return write(ctx, "ip utility, iproute2-6.1.0, libbpf 1.1.2\n");
    else if (is("-netns", 1) || is("-batch", 2) || is("-force", 2)) return refuse(ctx, notModelled("ip", option), 1);
    else if (option === "-help") return refuse(ctx, USAGE, 255);
    else if (
      !/^-(?:c(?:olor(?:=\w+)?)?|h(?:uman(?:-readable)?)?|iec|r(?:esolve)?|t(?:imestamp)?|ts(?:hort)?|N(?:umeric)?|a(?:ll)?|l(?:oops)?)$/.test(
        option,
      )
    )
      return refuse(ctx, `Option "${option}" is unknown, try "ip -help".\n`, 255);
  }
  const named = words[0];
  const object = named && OBJECTS.find((candidate) => candidate.startsWith(named));
  if (named === undefined || object === "help") return refuse(ctx, USAGE, 255);
  if (!object) {
    const known = FURTHER_OBJECTS.includes(named);
    return refuse(ctx, known ? notModelled("ip", named) : `Object "${named}" is unknown, try "ip help".\n`, 1);
  }
  const rest = words.slice(1);
  if (object === "address" || object === "link" || object === "route") {
    const verb = changingVerb(object, rest[0] ?? "");
    if (verb !== undefined) return changeNetwork(ctx, object, verb, rest.slice(1), options);
  }
  switch (object) {
    case "route":
      return showRoutes(ctx, rest, options);
    case "neighbour":
    case "neighbor":
      return showNeighbours(ctx, rest, options);
    case "rule":
      return showRules(ctx, rest, options);
    case "maddress":
      return refuse(ctx, notModelled("ip", named), 1);
    default:
      return showDevices(ctx, object as "address" | "link", rest, options);
  }
};
