#!/usr/bin/env bash
# Recordings of an Xspice desktop of 1920x1080 pixels, to measure with:
#
#   testdata/lab/corpus.sh DIR [NAME...]
#
# It writes DIR/NAME.capture with bin/saffron; without NAMEs all of them.
# Debian's packages are in packages.txt.
set -euo pipefail
cd "$(dirname "$0")/../.."
out=$(realpath -m "${1:?where to?}")
shift
number=$((200 + RANDOM % 500)) port=$((20000 + RANDOM % 20000))
export QXL_FRAME_BUFFER_SIZE=32 QXL_SURFACE_BUFFER_SIZE=256 QXL_COMMAND_BUFFER_SIZE=256 QXL_NUM_HEADS=1 QXL_ENABLE_SURFACES=True
dir=$(mktemp -d)
trap 'stop; rm -rf "$dir"' EXIT
trap 'exit 1' INT TERM

stop() { [ ! -e "/tmp/.X$number-lock" ] || kill "$(cat "/tmp/.X$number-lock")" 2>/dev/null || true; }

# start OPTION...: an X server with these options of Xspice.
start() {
  number=$((number + 1)) port=$((port + 1))
  export DISPLAY=:$number
  TMPDIR=$dir setsid Xspice --auto --port "$port" --disable-ticketing "$@" "$DISPLAY" >"$dir/log" 2>&1 &
  for _ in {1..100}; do
    xdpyinfo >/dev/null 2>&1 && break
    sleep 0.1
  done
  xrandr -s 1920x1080
}

# record NAME 'WORK' SAFFRON-OPTION...: what is sent while WORK is done, and a second more.
record() {
  local name=$1 work=$2 writer
  shift 2
  bin/saffron record "127.0.0.1:$port" -o "$out/$name.capture" --force "$@" &
  writer=$!
  sleep 1
  bash -c "$work" >/dev/null 2>"$dir/work" || { cat "$dir/work" >&2; exit 1; }
  sleep 1
  kill -INT $writer
  wait $writer
  stop
  sleep 0.5
}

terminal='xterm -fn 7x13 -geometry 270x82+0+0 -e "for i in \$(seq 8); do ls -lR /usr/share/doc | tail -n +\${i}00 | head -600; done"'
plain='--jpeg-wan-compression never --zlib-glz-wan-compression never --streaming-video off'

# slides: ten pictures like photographs, each for a moment.
slides() {
  [ -e "$dir/0.png" ] || for i in {0..9}; do
    convert -size 1920x1080 -seed "$i" plasma:fractal -blur 0x2 -depth 8 "$dir/$i.png"
  done
  echo "for i in {0..9}; do display -window root $dir/\$i.png; sleep 0.3; done"
}

capture() {
  case $1 in
  terminal-auto_glz) start --image-compression auto_glz $plain; record "$1" "$terminal" ;;
  terminal-quic) start --image-compression quic $plain; record "$1" "$terminal" ;;
  terminal-lz4) start --image-compression auto_lz $plain; record "$1" "$terminal" --compression lz4 ;;
  slides-quic) start --image-compression quic $plain; record "$1" "$(slides)" ;;
  slides-wan)
    start --image-compression auto_glz --jpeg-wan-compression always --zlib-glz-wan-compression always --streaming-video off
    record "$1" "$(slides)"
    ;;
  x11perf-quic) start --image-compression quic $plain; record "$1" \
    'x11perf -reps 200 -repeat 1 -putimage500 -copywinwin500 -copypixwin500 -ftext -aa24text -scroll500 -rect100 -shmput500' ;;
  video-mjpeg)
    start --image-compression auto_glz --jpeg-wan-compression never --zlib-glz-wan-compression never --streaming-video all
    record "$1" "$dir/animate -size 1920x1080 -rate 25 -for 6s"
    ;;
  *) echo "there is no $1; there are: ${all[*]}" >&2; exit 1 ;;
  esac
}

all=(terminal-auto_glz terminal-quic terminal-lz4 slides-quic slides-wan x11perf-quic video-mjpeg)
[ $# -gt 0 ] || set -- "${all[@]}"
mkdir -p "$out"
make -s build
go build -o "$dir/animate" ./testdata/lab/animate
for name; do capture "$name"; done
