#!/usr/bin/env bash
# An X server to connect to: xspice.sh [PORT [:DISPLAY [XSPICE OPTION...]]]
#
# Xspice draws with the driver of a Linux guest: copies, fills, surfaces off the
# screen, pointer shapes. An xterm runs in it; start more with DISPLAY=:DISPLAY.
# Options are such as `--image-compression quic`. Ctrl-C ends it.
set -euo pipefail
port=${1:-5900} display=${2:-:90}
shift $(($# < 2 ? $# : 2))
dir=$(mktemp -d)
# Without these sizes the driver writes past its heap when it starts.
export QXL_FRAME_BUFFER_SIZE=32 QXL_SURFACE_BUFFER_SIZE=256 QXL_COMMAND_BUFFER_SIZE=256 \
  QXL_NUM_HEADS=${QXL_NUM_HEADS:-1} QXL_ENABLE_SURFACES=True
TMPDIR=$dir setsid Xspice --auto --port "$port" --disable-ticketing "$@" "$display" >"$dir/log" 2>&1 &
server=$!
# Xspice ends when its X server does; told to end itself, it would hang.
trap 'kill "$(cat "/tmp/.X${display#:}-lock")" 2>/dev/null || kill -9 $server 2>/dev/null; wait $server 2>/dev/null || true; rm -rf "$dir"' EXIT
trap 'exit 1' INT TERM
for _ in {1..100}; do
  DISPLAY=$display xdpyinfo >/dev/null 2>&1 && break
  kill -0 $server 2>/dev/null || { cat "$dir/log" >&2; exit 1; }
  sleep 0.1
done
echo "Connect to spice://127.0.0.1:$port"
echo "Ctrl-C ends it. The server's messages are in $dir/log"
DISPLAY=$display xterm &
wait $server
