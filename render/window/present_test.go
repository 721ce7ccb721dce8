package window

import (
	"testing"
)

func TestPresentation(t *testing.T) {
	usual := byGL
	if softwareGL() {
		t.Error("GL is in use in a test without a window")
	}
	for env, want := range map[string]way{"": usual, "gl": byGL, "shm": byShared, "put": byPut, "nonsense": usual} {
		t.Setenv(presentEnv, env)
		if got := presentation(); got != want {
			t.Errorf("%s=%q: %d, want %d", presentEnv, env, got, want)
		}
	}
}
