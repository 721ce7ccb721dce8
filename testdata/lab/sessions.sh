#!/usr/bin/env bash
# Small recordings of real servers for the tests, each with its last screen:
#
#   testdata/lab/sessions.sh DIR
#
# writes DIR/NAME.capture and DIR/NAME.png. Debian's packages are in packages.txt.
set -euo pipefail
cd "$(dirname "$0")/../.."
out=$(realpath -m "${1:?where to?}")
number=$((200 + RANDOM % 500)) port=$((20000 + RANDOM % 20000))
export QXL_FRAME_BUFFER_SIZE=32 QXL_SURFACE_BUFFER_SIZE=256 QXL_COMMAND_BUFFER_SIZE=256 QXL_NUM_HEADS=1 QXL_ENABLE_SURFACES=True
dir=$(mktemp -d)
trap 'stop; rm -rf "$dir"' EXIT
trap 'exit 1' INT TERM

stop() {
  [ ! -e "/tmp/.X$number-lock" ] || kill "$(cat "/tmp/.X$number-lock")" 2>/dev/null || true
  [ ! -s "$dir/qemu.pid" ] || kill "$(cat "$dir/qemu.pid")" 2>/dev/null || true
}

# record NAME 'WORK' SAFFRON-OPTION...: what is sent while WORK is done, and a while more.
record() {
  local name=$1 work=$2
  shift 2
  bin/saffron record "127.0.0.1:$port" -o "$out/$name.capture" --force "$@" &
  local writer=$!
  sleep 0.5
  bash -c "$work" >/dev/null 2>&1
  sleep 1.5
  kill -INT $writer
  wait $writer
}

# xspice NAME 'WORK' OPTION... [-- SAFFRON-OPTION...]
xspice() {
  local name=$1 work=$2 options=()
  shift 2
  while [ $# -gt 0 ] && [ "$1" != -- ]; do options+=("$1") && shift; done
  shift $(($# > 0))
  number=$((number + 1)) port=$((port + 1))
  export DISPLAY=:$number
  TMPDIR=$dir setsid Xspice --auto --port "$port" --disable-ticketing "${options[@]}" "$DISPLAY" >"$dir/log" 2>&1 &
  for _ in {1..100}; do xdpyinfo >/dev/null 2>&1 && break || sleep 0.1; done
  xrandr -s 640x480
  printf '#define e_width 8\n#define e_height 1\n#define e_x_hot 0\n#define e_y_hot 0\nstatic unsigned char e_bits[] = {\n 0x00};\n' >"$dir/e.xbm"
  xsetroot -solid '#336' -cursor "$dir/e.xbm" "$dir/e.xbm"
  xdotool mousemove 639 479
  record "$name" "$work" "$@"
  import -window root -depth 8 "png24:$out/$name.png"
  stop
  sleep 0.5
}

# qemu NAME COMPRESSION VGA
qemu() {
  port=$((port + 2))
  qemu-system-x86_64 -machine pc,accel=tcg -m 32 -vga "$3" -display none -net none -boot menu=on,splash-time=9000 -S \
    -spice "port=$port,addr=127.0.0.1,disable-ticketing=on,image-compression=$2" \
    -qmp "tcp:127.0.0.1:$((port + 1)),server=on,wait=off" -pidfile "$dir/qemu.pid" -daemonize
  exec 3<>"/dev/tcp/127.0.0.1/$((port + 1))"
  echo '{"execute":"qmp_capabilities"}' >&3
  record "$1" "echo '{\"execute\":\"cont\"}' >&3; sleep 3"
  echo '{"execute":"screendump","arguments":{"filename":"'"$dir/s.ppm"'"}}' >&3
  sleep 1
  exec 3>&-
  convert "$dir/s.ppm" "png24:$out/$1.png"
  kill "$(cat "$dir/qemu.pid")"
  sleep 0.5
}

work='xterm -geometry 60x20+20+20 -e "ls -l /usr/share/doc | head -40; sleep 60" &
  xterm -geometry 40x10+200+300 -e "for i in 1 2 3 4 5 6 7 8 9 10 11 12; do echo line \$i of a window that is moved; done; sleep 60" &
  sleep 0.7
  for w in $(xdotool search --class xterm); do xdotool windowmove $w 90 70; done
  x11perf -reps 2 -repeat 1 -ftext -scroll100 -copywinwin100 -putimage100
  sleep 0.5'
exact='--jpeg-wan-compression never --zlib-glz-wan-compression never --streaming-video off'

mkdir -p "$out"
make -s build
go build -o "$dir/animate" ./testdata/lab/animate
for c in quic lz glz auto_glz; do xspice "xspice-$c" "$work" --image-compression $c $exact; done
xspice xspice-lz4 "$work" --image-compression off $exact -- --compression lz4
xspice xspice-zlib_glz "$work" --image-compression glz --jpeg-wan-compression never --zlib-glz-wan-compression always --streaming-video off
xspice xspice-video "$dir/animate -size 160x120 -rate 25 -for 3s -at 40,30 -stay 20s & sleep 5" --image-compression quic --jpeg-wan-compression never --streaming-video all
qemu qemu-auto_glz auto_glz std
qemu qemu-quic quic qxl
