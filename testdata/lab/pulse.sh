#!/usr/bin/env bash
# A private PulseAudio without a sound card: pulse.sh DIR. Then
# PULSE_SERVER=unix:DIR/native. What is played is heard at nul.monitor; what is
# played into the sink mic is heard at mic.monitor, as from a microphone.
set -euo pipefail
dir=${1:?usage: pulse.sh DIR}
mkdir -p "$dir/home" "$dir/run"
chmod 700 "$dir/run"
export HOME=$dir/home XDG_RUNTIME_DIR=$dir/run
unset DBUS_SESSION_BUS_ADDRESS DISPLAY WAYLAND_DISPLAY
exec pulseaudio -n --daemonize=no --fail=yes --exit-idle-time=-1 --disallow-exit=yes \
  --use-pid-file=no --realtime=no --high-priority=no --log-target=stderr --log-level=error \
  --load="module-null-sink sink_name=nul rate=48000 format=s16le channels=2 sink_properties=device.description=Loudspeaker" \
  --load="module-null-sink sink_name=mic rate=48000 format=s16le channels=2 sink_properties=device.description=Mouth" \
  --load="module-native-protocol-unix socket=$dir/native auth-anonymous=1"
