/** Programs that a Proxmox VE node has and a simulated one does not: where they lie, and what to do instead. */
const SOME = "/usr/bin";
const ADMIN = "/usr/sbin";

export const NOT_MODELLED: Record<string, readonly [directory: string, hint: string]> = {
  at: [SOME, ""],
  busctl: [SOME, ""],
  cfdisk: [ADMIN, ""],
  chattr: [SOME, ""],
  chrt: [SOME, ""],
  "corosync-blackbox": [SOME, "use journalctl -u corosync"],
  dmidecode: [ADMIN, ""],
  ebtables: [ADMIN, ""],
  efibootmgr: [ADMIN, ""],
  fdisk: [ADMIN, "use lsblk"],
  fuser: [SOME, "use ps"],
  gdisk: [ADMIN, "use lsblk"],
  getconf: [SOME, ""],
  hostid: [SOME, ""],
  ipset: [SOME, ""],
  localectl: [SOME, ""],
  loginctl: [SOME, ""],
  lsattr: [SOME, ""],
  lsusb: [SOME, ""],
  lvchange: [ADMIN, ""],
  lvcreate: [ADMIN, "pvesm alloc makes volumes"],
  lvdisplay: [ADMIN, "use lvs"],
  lvextend: [ADMIN, ""],
  lvremove: [ADMIN, "pvesm free takes volumes away"],
  lxc: [SOME, "containers are not modelled"],
  "mkfs.ext4": [ADMIN, ""],
  mkfs: [ADMIN, ""],
  mkswap: [ADMIN, ""],
  modprobe: [ADMIN, ""],
  networkctl: [SOME, "use ip"],
  numactl: [SOME, ""],
  parted: [ADMIN, "use lsblk"],
  patch: [SOME, ""],
  perl: [SOME, ""],
  "proxmox-backup-client": [SOME, ""],
  "proxmox-boot-tool": [ADMIN, ""],
  pvcreate: [ADMIN, ""],
  pvdisplay: [ADMIN, "use pvs"],
  "pve-ha-crm": [ADMIN, "its unit is pve-ha-crm"],
  "pve-ha-lrm": [ADMIN, "its unit is pve-ha-lrm"],
  pvebanner: [SOME, ""],
  "pvefw-logger": [ADMIN, ""],
  pveupdate: [SOME, ""],
  pveupgrade: [SOME, ""],
  python3: [SOME, ""],
  sfdisk: [ADMIN, "use lsblk"],
  shred: [SOME, ""],
  smartctl: [ADMIN, ""],
  sqlite3: [SOME, ""],
  "ssh-add": [SOME, ""],
  "ssh-agent": [SOME, ""],
  strace: [SOME, ""],
  swapoff: [ADMIN, ""],
  swapon: [ADMIN, ""],
  "systemd-analyze": [SOME, ""],
  "systemd-cgls": [SOME, ""],
  "systemd-cgtop": [SOME, ""],
  taskset: [SOME, ""],
  tcpdump: [ADMIN, "use ping, ss and corosync-cfgtool -s to see what arrives"],
  telnet: [SOME, "use nc -z HOST PORT"],
  tzselect: [SOME, ""],
  udevadm: [SOME, ""],
  "update-grub": [ADMIN, ""],
  uuidgen: [SOME, ""],
  vgchange: [ADMIN, ""],
  vgcreate: [ADMIN, ""],
  vgdisplay: [ADMIN, "use vgs"],
  wall: [SOME, ""],
  "watchdog-mux": [ADMIN, "its unit is watchdog-mux"],
  wipefs: [ADMIN, ""],
  write: [SOME, ""],
  zdb: [ADMIN, ""],
  ...plain(
    SOME,
    `basenc bzip2 chage chfn choom chsh cpio dircolors fincore flock getopt gpasswd
    iconv install ipcmk ipcrm ipcs kvm ldd localedef logname lsfd lsipc lslocks lslogins lsmem lsns mcookie mkfifo mknod
    namei newgrp nsenter partx pathchk pidwait pinky pmap pr prlimit ptx pwdx qemu-img qemu-nbd qemu-system-x86_64
    renice run-parts script scriptreplay setpriv setterm skill slabtop snice socat tload
    ul unshare utmpdump vdir xz zgrep zless zstd
    apt-cdrom apt-config apt-key apt-mark bunzip2 bzcat bzdiff bzgrep bzip2recover bzless bzmore catman chcon clear_console
    col colcrt colrm diff3 dpkg-deb dpkg-divert dpkg-split dpkg-statoverride dpkg-trigger expiry faillog hardlink infocmp
    infotocap ischroot lesskey lesspipe lexgrog lnstat login look manpath nstat peekfd ping4 ping6 pldd prtstat
    pslog rgrep routel runcon savelog sdiff setarch sg slogin systemd-ask-password systemd-cat systemd-creds systemd-delta
    systemd-escape systemd-id128 systemd-inhibit systemd-machine-id-setup systemd-mount systemd-notify systemd-path
    systemd-repart systemd-run systemd-socket-activate systemd-stdio-bridge systemd-sysext systemd-sysusers systemd-tmpfiles
    systemd-tty-ask-password-agent systemd-umount tabs tic toe tset uclampset uncompress unxz xzcat xzdiff xzgrep xzless zcmp
    ex lxc-attach lxc-info lxc-ls lxc-start lxc-stop proxmox-file-restore rados rbd rnano rview smbclient update-alternatives
    zdiff zdump zegrep zfgrep zforce zmore znew`,
  ),
  ...plain(
    ADMIN,
    `arcstat blkdiscard blockdev chronyd dmsetup exportfs findfs fsck fsfreeze fstrim iscsiadm
    ldconfig logrotate losetup mdadm mke2fs mount.nfs nfsstat nologin pivot_root pve-efiboot-tool qmeventd resize2fs rpcinfo
    rtcwake sgdisk sshd sulogin switch_root tc thin_check tune2fs wdctl zramctl
    biosdecode dhclient dpkg-reconfigure grub-install grub-mkconfig init insmod lvconvert modinfo partprobe rmmod runlevel
    setpci telinit update-initramfs vpddecode
    agetty badblocks chcpu chgpasswd chmem chroot cppw cron ctrlaltdel dcb debugfs devlink dumpe2fs e2fsck e2image
    e2label e4defrag filefrag fsck.ext2 fsck.ext3 fsck.ext4 getty groupmems groupmod grpck grpconv grpunconv invoke-rc.d
    killall5 mkfs.ext2 mkfs.ext3 newusers pwck pwconv pwunconv rdma rtacct rtmon start-stop-daemon tipc update-rc.d vdpa vigr
    vipw zic`,
  ),
};

/** Programs about which there is nothing more to say. */
function plain(directory: string, names: string): Record<string, readonly [string, string]> {
  return Object.fromEntries(names.split(/\s+/).map((name) => [name, [directory, ""] as const]));
}
