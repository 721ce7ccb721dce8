#!/usr/bin/env bash
# A libvirt host to connect to: libvirtd.sh DIR [FIRST_PORT]
#
# It starts a libvirtd of its own, as root and without systemd, D-Bus or polkit,
# prints its URI and stays until it is told to end. All it knows and writes is
# below DIR: this machine's own domains, sockets and settings are left alone.
# FIRST_PORT is where graphics begin to look for ports (default 5900). More of
# libvirtd.conf and qemu.conf can be put into DIR/libvirtd.conf.more and
# DIR/qemu.conf.more, and win, options of libvirtd into OPTIONS.
set -euo pipefail
dir=$(realpath -m "${1:?a folder}") first=${2:-5900}
mkdir -p "$dir"/{run,etc/qemu,lib/qemu,cache,log}
cat "$dir/libvirtd.conf.more" - 2>/dev/null >"$dir/etc/libvirtd.conf" <<C || true
listen_tls = 0
listen_tcp = 0
unix_sock_dir = "$dir/run"
auth_unix_ro = "none"
auth_unix_rw = "none"
C
cat "$dir/qemu.conf.more" - 2>/dev/null >"$dir/etc/qemu.conf" <<C || true
user = "root"
group = "root"
security_driver = "none"
dynamic_ownership = 0
remember_owner = 0
stdio_handler = "file"
cgroup_controllers = [ ]
namespaces = [ ]
spice_listen = "127.0.0.1"
remote_display_port_min = $first
remote_display_port_max = $((first + 99))
C
# QEMU outlives libvirtd: what it left is ended by its pid files.
# libvirtd may take its time to end: whoever waits for this script may not.
end_machines() { cat "$dir"/run/qemu/*.pid 2>/dev/null | xargs -r kill -9 2>/dev/null; }
finish() {
  set +e
  kill "$daemon" 2>/dev/null
  end_machines
  wait
  end_machines
}
mkdir -p /run/libvirt /etc/libvirt /var/lib/libvirt /var/cache/libvirt /var/log/libvirt
run() {
  mount --make-rprivate /
  mount --bind "$dir/run" /run/libvirt
  mount --bind "$dir/etc" /etc/libvirt
  mount --bind "$dir/lib" /var/lib/libvirt
  mount --bind "$dir/cache" /var/cache/libvirt
  mount --bind "$dir/log" /var/log/libvirt
  exec /usr/sbin/libvirtd ${OPTIONS:-} -f "$dir/etc/libvirtd.conf" -p "$dir/run/libvirtd.pid"
}
export -f run
export dir
unshare -m bash -c run >"$dir/log/libvirtd.out" 2>&1 &
daemon=$!
trap finish EXIT
trap 'exit 0' INT TERM
uri="qemu:///system?socket=$dir/run/libvirt-sock"
for _ in {1..200}; do
  virsh -q -c "$uri" uri >/dev/null 2>&1 && { echo "$uri"; wait "$daemon" || true; exit 0; }
  kill -0 "$daemon" 2>/dev/null || break
  sleep 0.05
done
cat "$dir/log/libvirtd.out" >&2
echo "libvirtd did not come up" >&2
exit 1
