//go:build lab

package main_test

import (
	"os/exec"
	"strings"
	"testing"
)

// TestLabKeyring saves a password in a keyring of its own, by the window of one
// run, and opens another window with it.
func TestLabKeyring(t *testing.T) {
	t.Parallel()
	need(t, "dbus-run-session", "gnome-keyring-daemon", "secret-tool")
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	m := startMachine(t, machineConfig{spice: exact + ",password-secret=s", args: []string{"-object", "secret,id=s,data=sesame"}})
	d := startDesk(t, 0)
	home := t.TempDir()
	const script = `set -e
mkdir -m 700 "$HOME/run"; export XDG_RUNTIME_DIR="$HOME/run"
printf unlock | gnome-keyring-daemon --unlock --components=secrets >/dev/null
printf 'sesame\n' > "$HOME/password"
state="$HOME/state/saffron/machines.toml"
"$1" open --save-password --password-file "$HOME/password" "$2" & viewer=$!
for i in $(seq 100); do grep -qs save-password "$state" && grep -qs ^target "$state" && break; sleep 0.1; done
kill $viewer; wait $viewer || true
secret-tool lookup service saffron username "$2"; echo
"$1" open -v "$2" </dev/null 2>"$HOME/log" & viewer=$!
for i in $(seq 100); do grep -qs connected "$HOME/log" && break; sleep 0.1; done
kill $viewer; wait $viewer || true
grep -c 'msg=connected' "$HOME/log"
"$1" recent --forget
secret-tool lookup service saffron username "$2" || echo forgotten
`
	c := exec.CommandContext(t.Context(), "timeout", "40", "dbus-run-session", "--", "sh", "-c", script, "sh", path, m.uri)
	c.Env = append(c.Environ(), append(d.env, "HOME="+home, "XDG_STATE_HOME="+home+"/state", "XDG_DATA_HOME="+home+"/data", "XDG_CONFIG_HOME="+home+"/config")...)
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{"\nsesame\n", "\n1\n", "1 forgotten.\nforgotten\n"} {
		if !strings.Contains("\n"+string(out), want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
}
