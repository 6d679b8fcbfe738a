/** What the nodes' OpenSSH calls itself: that of Debian 12.12. */
export const SSH_SOFTWARE = "OpenSSH_9.2p1 Debian-2+deb12u7";
export const SSH_VERSION = `${SSH_SOFTWARE}, OpenSSL 3.0.17 1 Jul 2025`;
