/** The everyday tools of a Debian system. */
import type { Program, ProgramEntry } from "../shell/process.ts";
import { awk } from "./coreutils/awk/awk.ts";
import { brctl, bridge } from "./coreutils/bridge.ts";
import { base32, base64, checksum, cksum, sum } from "./coreutils/checksums.ts";
import { cp, mv } from "./coreutils/copying.ts";
import { tr, wc } from "./coreutils/counting.ts";
import { cut, expand, nl, paste, uniq } from "./coreutils/cutting.ts";
import { dd, fallocate } from "./coreutils/dd.ts";
import { df } from "./coreutils/df.ts";
import { diff } from "./coreutils/diff.ts";
import { du } from "./coreutils/du.ts";
import { expr } from "./coreutils/expr.ts";
import { mkdir, mktemp, rm, rmdir, touch, truncate } from "./coreutils/file-changes.ts";
import { basename, dirname, file, readlink, realpath, stat } from "./coreutils/file-facts.ts";
import { find } from "./coreutils/find.ts";
import { fold, rev } from "./coreutils/folding.ts";
import { grep } from "./coreutils/grep.ts";
import { gzip } from "./coreutils/gzip.ts";
import { head } from "./coreutils/head.ts";
import { ip } from "./coreutils/ip/ip.ts";
import { less } from "./coreutils/less/less.ts";
import { more } from "./coreutils/less/more.ts";
import { link, ln, unlink } from "./coreutils/linking.ts";
import { ls } from "./coreutils/listing.ts";
import { date, id, nproc, tty, uname, uptime, users, who, whoami } from "./coreutils/node-facts.ts";
import { od } from "./coreutils/od.ts";
import { chgrp, chmod, chown } from "./coreutils/owning.ts";
import { ping } from "./coreutils/ping.ts";
import { pgrep, pidof, pkill } from "./coreutils/processes.ts";
import { ps } from "./coreutils/ps.ts";
import { pstree } from "./coreutils/pstree.ts";
import { env, justRun, nohup, printenv, timeout, xargs } from "./coreutils/running.ts";
import { clear, mesg, notModelled, quiet, reset, tput, unsuccessful } from "./coreutils/screen.ts";
import { sed } from "./coreutils/sed.ts";
import { echo, printf, seq } from "./coreutils/sequences.ts";
import { shuf } from "./coreutils/shuffling.ts";
import { sort, tac } from "./coreutils/sorting.ts";
import { split } from "./coreutils/splitting.ts";
import { cat, sleep, tee, yes } from "./coreutils/streams.ts";
import { stty } from "./coreutils/stty.ts";
import { tail } from "./coreutils/tail.ts";
import { tar } from "./coreutils/tar.ts";
import { textTools } from "./coreutils/text-tools.ts";
import { watch } from "./coreutils/watch.ts";
import { which } from "./coreutils/which.ts";
import { nano } from "./editors/nano/nano.ts";
import { vi } from "./editors/vi/vi.ts";
import { pvesubscription } from "./lacking/subscription.ts";
import { getent, groups, w } from "./node-tools/accounts.ts";
import { chronyc, hwclock, timedatectl } from "./node-tools/clock.ts";
import { dmesg } from "./node-tools/dmesg.ts";
import { blkid, findmnt, lsblk, lscpu, lsmod, lspci, mount, umount } from "./node-tools/hardware.ts";
import { hostname, hostnamectl } from "./node-tools/host-name.ts";
import { logger } from "./node-tools/logger.ts";
import { lsof } from "./node-tools/lsof.ts";
import { apropos, man, whatis } from "./node-tools/man.ts";
import { free, vmstat } from "./node-tools/memory.ts";
import { openssl } from "./node-tools/openssl/openssl.ts";
import { last, lastb, lastlog } from "./node-tools/past-logins.ts";
import { pveperf } from "./node-tools/proxmox-tools.ts";
import { ethtool, ss } from "./node-tools/sockets.ts";
import { sysctl } from "./node-tools/sysctl.ts";
import { top } from "./node-tools/top.ts";
import { NOT_MODELLED } from "./not-modelled.ts";
import { halt, poweroff, reboot, shutdown } from "./power/power.ts";

function at(directory: string, programs: Record<string, Program>): Record<string, ProgramEntry> {
  return Object.fromEntries(
    Object.entries(programs).map(([name, program]) => [name, { program, path: `${directory}/${name}` }]),
  );
}

export const coreutils: Record<string, ProgramEntry> = {
  ...textTools,
  ...at("/usr/bin", {
    awk,
    mawk: awk,
    b2sum: checksum("blake2b512"),
    base32,
    base64,
    basename,
    cat,
    chgrp,
    chmod,
    chown,
    cksum,
    clear,
    cp,
    cut,
    date,
    dd,
    df,
    diff,
    dir: ls,
    dirname,
    du,
    echo,
    egrep: grep,
    env,
    expand,
    expr,
    fallocate,
    false: unsuccessful,
    fgrep: grep,
    file,
    find,
    fold,
    free,
    grep,
    gunzip: gzip,
    gzip,
    head,
    hostname,
    hostnamectl,
    id,
    ionice: justRun,
    killall: pkill,
    less,
    link,
    ln,
    ls,
    md5sum: checksum("md5"),
    mesg,
    mkdir,
    mktemp,
    more,
    mv,
    nice: justRun,
    nl,
    nohup,
    nproc,
    od,
    pager: less,
    paste,
    pgrep,
    pidof,
    ping,
    pkill,
    printenv,
    printf,
    ps,
    pstree,
    readlink,
    realpath,
    reset,
    rev,
    rm,
    rmdir,
    sed,
    seq,
    setsid: justRun,
    sha1sum: checksum("sha1"),
    sha224sum: checksum("sha224"),
    sha384sum: checksum("sha384"),
    sha256sum: checksum("sha256"),
    sha512sum: checksum("sha512"),
    sleep,
    sort,
    split,
    stat,
    stdbuf: justRun,
    stty,
    sum,
    sync: quiet,
    tac,
    tail,
    tar,
    tee,
    timeout,
    touch,
    tput,
    true: quiet,
    tr,
    truncate,
    tty,
    uname,
    uniq,
    unlink,
    uptime,
    users,
    w,
    watch,
    wc,
    which,
    who,
    whoami,
    xargs,
    yes,
    zcat: gzip,
    nano,
    editor: nano,
    vi,
    view: vi,
    "vim.tiny": vi,
  }),
  ...at("/usr/bin", {
    apropos,
    chronyc,
    dmesg,
    findmnt,
    getent,
    groups,
    last,
    lastb,
    lastlog,
    logger,
    lsblk,
    lscpu,
    lsof,
    lspci,
    man,
    mount,
    openssl,
    pveperf,
    pvesubscription,
    shuf,
    ss,
    timedatectl,
    top,
    umount,
    vmstat,
    whatis,
  }),
  ...at("/usr/sbin", { blkid, brctl, bridge, ethtool, halt, hwclock, ip, lsmod, poweroff, reboot, shutdown, sysctl }),
  // What a real node has and this one does not: each says so. docs/fidelity/shell.md lists them.
  ...Object.fromEntries(
    Object.entries(NOT_MODELLED).map(([name, [directory, hint]]) => [
      name,
      { program: notModelled(hint), modelled: false as const, path: `${directory}/${name}` },
    ]),
  ),
};
