#!/usr/bin/env bash
# A machine to connect to: qemu.sh [PORT [QEMU ARGUMENT...]]
#
# It is QEMU with an emulated processor, so it needs no rights. Without further
# arguments its guest is a typewriter: what is typed appears. With some, such as
# `-cdrom live.iso -m 2G`, it is whatever boots from them. OPTIONS has more
# options of -spice, as in OPTIONS=image-compression=quic. Ctrl-C ends it.
set -euo pipefail
port=${1:-5900}
shift || true
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
guest=("$@")
if [ $# = 0 ]; then
  # xor ah,ah; int 16h; mov ah,0eh; mov bx,7; int 10h; cmp al,13; jne 0; mov al,10; int 10h; jmp 0
  printf '\x30\xe4\xcd\x16\xb4\x0e\xbb\x07\x00\xcd\x10\x3c\x0d\x75\xf1\xb0\x0a\xcd\x10\xeb\xeb' >"$dir/disk"
  truncate -s 510 "$dir/disk"
  printf '\x55\xaa' >>"$dir/disk"
  guest=(-drive "file=$dir/disk,format=raw,if=ide")
fi
echo "Connect to spice://127.0.0.1:$port"
echo "QMP is on $dir/qmp"
qemu-system-x86_64 -machine pc -accel tcg -m 64 -nodefaults -display none \
  -device qxl-vga,vgamem_mb=64,ram_size_mb=128 -device qemu-xhci -device usb-tablet \
  -spice "port=$port,addr=127.0.0.1,disable-ticketing=on${OPTIONS:+,$OPTIONS}" \
  -qmp "unix:$dir/qmp,server=on,wait=off" "${guest[@]}"
