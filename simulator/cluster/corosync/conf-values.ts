/**
 * What corosync checks of a key while it reads its file: numbers, words, and whether the key can be kept at all.
 *
 * @source corosync 3.1.7 exec/coroparse.c main_config_parser_cb, exec/icmap.c; recordings/corosync/wrong-files.json
 */

/** Largest values of the kinds of numbers. */
const UINT8 = 255;
const UINT16 = 65_535;
const UINT32 = 4_294_967_295;

const WHOLE_NUMBERS: Record<string, number> = {
  ...keys("pload", UINT32, "count size"),
  ...keys("quorum", UINT32, "expected_votes votes last_man_standing_window leaving_timeout"),
  ...keys(
    "quorum",
    UINT8,
    "two_node expected_votes_tracking allow_downscale wait_for_all auto_tie_breaker last_man_standing",
  ),
  ...keys("quorum.device", UINT32, "timeout sync_timeout votes"),
  ...keys("quorum.device", UINT8, "master_wins"),
  ...keys(
    "totem",
    UINT32,
    `version nodeid threads token token_coefficient token_retransmit token_warning hold
     token_retransmits_before_loss_const join send_join consensus merge downcheck fail_recv_const seqno_unchanged_const
     rrp_token_expired_timeout rrp_problem_count_timeout rrp_problem_count_threshold rrp_problem_count_mcast_threshold
     rrp_autorecovery_check_timeout heartbeat_failures_allowed max_network_delay window_size max_messages
     miss_count_const knet_pmtud_interval knet_mtu knet_compression_threshold netmtu`,
  ),
  ...keys("totem.interface", UINT8, "linknumber ttl knet_link_priority"),
  ...keys("totem.interface", UINT16, "mcastport"),
  ...keys("totem.interface", UINT32, "knet_ping_interval knet_ping_timeout knet_ping_precision knet_pong_count"),
  ...keys("nodelist.node", UINT32, "nodeid quorum_votes"),
  ...keys("resources", UINT32, "watchdog_timeout"),
};

function keys(section: string, most: number, names: string): Record<string, number> {
  return Object.fromEntries(names.split(/\s+/).map((name) => [`${section}.${name}`, most]));
}

/** Numbers of 64 bits: what is none there ends the process. */
const LONG_NUMBERS = ["totem.config_version", "resources.system.poll_period", "resources.process.poll_period"];

const WORDS: Record<string, { words: string; complaint: string }> = {
  "totem.ip_version": { words: "ipv4 ipv6 ipv6-4 ipv4-6", complaint: "Invalid ip_version type" },
  "totem.crypto_model": {
    words: "nss openssl",
    complaint: "Invalid crypto model. Should be nss or openssl",
  },
  "totem.crypto_cipher": {
    words: "none aes256 aes192 aes128",
    complaint: "Invalid cipher type. Should be none, aes256, aes192 or aes128",
  },
  "totem.crypto_hash": {
    words: "none md5 sha1 sha256 sha384 sha512",
    complaint: "Invalid hash type. Should be none, md5, sha1, sha256, sha384 or sha512",
  },
  "totem.knet_compression_model": {
    words: "none zlib lz4 lz4hc lzo2 lzma bzip2 zstd",
    complaint: "Invalid compression model. Should be zlib, lz4, lz4hc, lzo2, lzma, bzip2 or zstd",
  },
  "system.qb_ipc_type": { words: "native shm socket", complaint: "Invalid system.qb_ipc_type" },
  "system.sched_rr": { words: "yes no", complaint: "Invalid system.sched_rr value" },
  "system.move_to_root_cgroup": { words: "yes no auto", complaint: "Invalid system.move_to_root_cgroup" },
  "system.allow_knet_handle_fallback": { words: "yes no", complaint: "Invalid system.allow_knet_handle_fallback" },
};

/** Keys of corosync's map: what they may consist of, and how many characters they have. */
const MAP_KEY = /^[\w./:-]{3,255}$/;

/** What is printed of a number of 64 bits that is none, before the process aborts. */
export const ABORT_LINE =
  "corosync: coroparse.c:1477: main_config_parser_cb: Assertion `safe_atoq_range(val_type, &min_val, &max_val) == 0' failed.";

/** Of what kind a key of the file is kept in corosync's map: `totem.token` is `u32`. */
export function kindOfKey(path: string): "str" | "u8" | "u16" | "u32" | "u64" {
  if (LONG_NUMBERS.includes(path)) return "u64";
  const most = WHOLE_NUMBERS[path];
  if (most === undefined) return "str";
  return most === UINT8 ? "u8" : most === UINT16 ? "u16" : "u32";
}

/**
 * What corosync has against one line `key: value`; undefined where nothing. `ABORT_LINE` where it ends over it.
 *
 * @param section names of the sections around it with dots: `nodelist.node`
 * @param nodeNumber how many nodes the list had before
 */
export function complaintAbout(section: string, key: string, value: string, nodeNumber: number): string | undefined {
  const path = section === "" ? key : `${section}.${key}`;
  const stored = section.startsWith("nodelist.node") ? `nodelist.node.${nodeNumber}.${key}` : path;
  const most = WHOLE_NUMBERS[path];
  if (most !== undefined) {
    if (/^\s*[+-]?\d+$/.test(value) && Number(value) >= 0 && Number(value) <= most) return undefined;
    return `Value of key "${stored}" is expected to be integer in range (0..${most}), but "${value}" was given`;
  }
  if (LONG_NUMBERS.includes(path)) return /^\s*[+-]?\d{1,20}$/.test(value) ? undefined : ABORT_LINE;
  const known = WORDS[path];
  if (known && !known.words.split(" ").includes(value)) return known.complaint;
  if (section === "uidgid" && key !== "uid" && key !== "gid") return "uidgid: Only uid and gid are allowed items";
  if (section === "totem.interface.member" && key !== "memberaddr")
    return "Only memberaddr is allowed in member section";
  // Kept until the section ends, under a name that has the subsystem's in it.
  if (section.startsWith("logging.logg") || section === "uidgid") return undefined;
  if (MAP_KEY.test(stored)) return undefined;
  return `Can't store key "${stored}" into icmap, returned error is CS_ERR_NAME_TOO_LONG`;
}

/** What corosync has against a section that ends. */
export function complaintAboutSection(section: string, hasKey: (key: string) => boolean): string | undefined {
  if (section === "logging.logger_subsys" && !hasKey("subsys")) return "No subsys key in logger_subsys directive";
  if (section === "logging.logging_daemon" && !hasKey("name")) return "No name key in logging_daemon directive";
  return undefined;
}
