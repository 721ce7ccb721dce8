// Package device plays a session's sound on this machine's loudspeakers, and
// listens to its microphone.
//
// [Play] runs for as long as a session does, whether there is a device or not:
//
//	go device.Play(ctx, mixer, device.Options{OnState: func(s device.State) {
//		log.Println(s) // such as "playing on Built-in Audio, 18ms"
//	}})
//
// It pulls: whenever the device wants samples it asks the [Source], and says how
// long it will be until they are heard. After some seconds of silence it pauses
// the device, and resumes when the source wakes it. A device that disappears, a
// sound server that restarts or was never there, a new default device: Play goes
// on, opens what there is, and tells by a [State].
//
// A [Microphone] is open only between Start and Stop.
//
// # Which library
//
// On Linux and other free systems it is PulseAudio's protocol, which PipeWire
// speaks as well, without cgo. Sound plays at the volume that the user has given
// this program; the volumes that a guest sets are the source's business. On
// Windows and macOS oto plays, without cgo; there is no microphone there, unless
// the program is built with cgo and the tag malgo, which uses miniaudio on every
// system.
package device
