#!/usr/bin/env bash
# Make the streams of this folder anew, with ffmpeg (libx264, libx265, libvpx) and
# Go. What encoders make differs from version to version, so it is done once, and
# kept.
set -euo pipefail
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
: >sums.txt

# encode FILE SIZE FRAMES OPTION...: encode a moving picture.
colours=format=yuv420p
encode() {
  local file=$1 size=$2 frames=$3
  shift 3
  ffmpeg -v error -y -f lavfi -i testsrc2=size=640x360:rate=25 -frames:v "$frames" \
    -vf "format=gbrp,scale=${size/x/:},$colours" "$@" -bitexact "$work/$file"
}

# stream NAME FILE...: one stream of the frames in the files, and the sums of their
# pictures as ffmpeg decodes them.
stream() {
  local name=$1
  shift
  (cd "$work" && go run "$OLDPWD/pack.go" "$@") >"$name.frames"
  for file; do
    size=$(ffprobe -v error -select_streams v -show_entries stream=width,height -of csv=p=0:s=x "$work/$file")
    ffmpeg -v error -i "$work/$file" -fps_mode passthrough -f framehash -hash sha256 - |
      awk -v name="$name" -v size="$size" '!/^#/ {print name, size, $NF}' >>sums.txt
  done
}

live=(-deadline realtime -lag-in-frames 0 -auto-alt-ref 0 -crf 40 -b:v 60k)
x264=(-preset ultrafast -tune zerolatency -crf 34 -x264-params aud=1:intra-refresh=1:keyint=6:sliced-threads=1:threads=2:repeat-headers=1)
x265=(-preset ultrafast -tune zerolatency -crf 36 -x265-params aud=1:repeat-headers=1:log-level=none:keyint=30:pools=none)

encode a.vp8.ivf 176x144 5 -c:v libvpx "${live[@]}"
encode b.vp8.ivf 175x143 5 -c:v libvpx "${live[@]}"
stream vp8 a.vp8.ivf b.vp8.ivf

encode a.vp9.ivf 176x144 5 -c:v libvpx-vp9 "${live[@]}" -colorspace bt709 # says so
encode b.vp9.ivf 175x143 5 -c:v libvpx-vp9 "${live[@]}"
stream vp9 a.vp9.ivf b.vp9.ivf

encode a.h264 322x242 14 -c:v libx264 "${x264[@]}"
colours=scale=out_range=full:out_color_matrix=bt709,format=yuvj420p \
  encode b.h264 176x144 4 -color_range pc -colorspace bt709 -c:v libx264 "${x264[@]}"
stream h264 a.h264 b.h264

encode a.h265 322x242 6 -c:v libx265 "${x265[@]}"
encode b.h265 176x144 4 -c:v libx265 "${x265[@]}" -colorspace smpte170m
stream h265 a.h265 b.h265

# What servers do not send.
colours=format=yuv444p encode d.h264 64x64 1 -c:v libx264 "${x264[@]}"
stream h264-444 d.h264

# For benchmarks.
encode c.vp8.ivf 1280x720 6 -c:v libvpx "${live[@]}" -crf 63 -b:v 10k
stream vp8-720p c.vp8.ivf
encode c.vp9.ivf 1280x720 6 -c:v libvpx-vp9 "${live[@]}" -crf 63 -b:v 10k
stream vp9-720p c.vp9.ivf
encode c.h264 1280x720 6 -c:v libx264 "${x264[@]}" -crf 46 -x264-params aud=1:keyint=30:sliced-threads=1:threads=4
stream h264-720p c.h264
encode c.h265 1280x720 6 -c:v libx265 "${x265[@]}" -crf 46
stream h265-720p c.h265
