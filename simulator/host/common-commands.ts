/** Names of programs that people type on a Debian or Proxmox system: such a name gives nobody's secret away. */
import { NOT_MODELLED } from "../commands/not-modelled.ts";

const NAMES = `
ab ack acpi adduser alsamixer ansible apachectl apropos ar arp arping at atop attr autossh awk
badblocks bc bison blkdiscard blockdev bmon brctl btrfs bunzip2 busctl bzip2
cal capsh ceph certbot cfdisk chage chattr chroot chsh cksum cmake cmp cockpit convert corosync corosync-keygen cpio
cpufreq-info cpupower crontab cryptsetup csplit ctdb ctop cups
dc debootstrap delgroup deluser depmod dhclient dig dmidecode dnf dnsmasq docker doas dos2unix drbdadm dstat dumpe2fs
e2fsck ed efibootmgr egrep emacs exa exportfs
fail2ban-client fallocate fd fdisk ffmpeg figlet finger fio firewall-cmd fish flock fping fsck fstrim fuser fzf
gawk gcc gdb gdisk getcap getconf getfacl git glances go gparted gpg grub-install grub-mkconfig grub-probe gunzip
ha-manager halt haproxy hd hdparm helm hexdump host htop http hwclock hydra
iconv ifconfig ifdown ifquery ifreload iftop ifup init initctl insmod iostat iotop iperf iperf3 ipcalc ipcs ipmitool
ipset iptables iptables-save iscsiadm iw
java joe journalctl jq kernelstub kexec kill killall kpartx ksh kubectl kvm
last lastb lastlog ld ldconfig ldd less libvirtd lldpctl ln locale locate logger login loginctl logname logrotate logsave
losetup lshw lsattr lscpu lsinitramfs lsof lspci lsscsi lsusb ltrace lvchange lvcreate lvdisplay lvextend lvremove lvs
lxc lxc-attach lxc-ls lzma
mail mailq make mariadb mc md5sum mdadm mii-tool mkfifo mkfs mkfs.ext4 mkfs.xfs mknod mkswap modinfo modprobe more
mosh mpstat mtr multipath mutt mysql
nc ncat ncdu needrestart neofetch net netcat netplan netstat networkctl newgrp nfsstat nft nginx nice nl nload nmap nmcli nmon
node nohup nproc npm nslookup ntpdate ntpq numactl nvim nvme
omping oom openvpn openvt ovs-vsctl
pacman parted partprobe passwd pct pcs perf perl php pico pidstat ping6 pip pip3 pkcon pmap pmxcfs postconf powertop
proxmox-backup-client proxmox-boot-tool prtstat psql pstree pv pvchange pvcreate pvdisplay pve-firewall pve7to8 pve8to9
pveam pveceph pvedaemon pvefw-logger pveproxy pvesr pvestatd pvs pvscan pwck python python3
qemu-img qemu-nbd qemu-system-x86_64 qm qmrestore quota
rbd rclone readelf realpath renice rename rescan-scsi-bus.sh resize2fs resolvectl rfkill rg rkhunter rmmod route rpcinfo rpm
rsync rsyslogd ruby runuser
sar scp screen script sdparm service setcap setfacl sfdisk sftp sg_inq sgdisk sha1sum showmount smartctl smbclient
snap socat spiceproxy split sqlite3 ssh-add ssh-agent ssh-copy-id ssh-keygen ssh-keyscan sshfs sshpass stress stress-ng
strace strings su sudo swapoff swapon sysctl systemd-analyze systemd-cgls systemd-cgtop systemd-resolve
tar tasksel tcpdump tcptraceroute telnet tig timeshift tmux tracepath traceroute traceroute6 tree tshark tune2fs tuned-adm
udevadm ufw unzip update-grub update-initramfs updatedb useradd userdel usermod uuidgen
vgchange vgcreate vgdisplay vgextend vgremove vgs vgscan vim virsh virt-manager visudo vmstat vnstat vtysh vzdump
wall wg whois wipefs wireshark write
xfs_repair xxd xz yum zcat zdb zed zfs zgrep zip zless zpool zsh zstd
cls dir copy ipconfig cmd powershell ll la help quit exit logout pve proxmox cluster nodes status
`;

export const COMMON_COMMANDS: ReadonlySet<string> = new Set([
  ...NAMES.split(/\s+/).filter(Boolean),
  ...Object.keys(NOT_MODELLED),
]);
