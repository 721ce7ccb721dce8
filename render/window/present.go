package window

import "os"

// A way is how pictures get to the screen.
type way uint8

const (
	byGL     way = iota
	byShared     // drawn by us, put onto the screen by shared memory
	byPut        // drawn by us, sent to the window system
)

// presentEnv names the environment variable that chooses the way.
const presentEnv = "SAFFRON_PRESENT"

// presentation returns the way to try first: GL only if a GPU does it, since
// without one each of its frames costs a pass over the whole window or more.
func presentation() way {
	switch os.Getenv(presentEnv) {
	case "gl":
		return byGL
	case "shm":
		return byShared
	case "put":
		return byPut
	}
	if softwareGL() {
		return byShared
	}
	return byGL
}
