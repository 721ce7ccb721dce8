package auth

import (
	"errors"
	"strings"
	"testing"

	"github.com/xdg-go/scram"
)

func TestChoose(t *testing.T) {
	for _, tt := range []struct {
		offered string
		secret  bool
		only    string
		want    string // or, after "!", what the error says
	}{
		{"PLAIN SCRAM-SHA-1 SCRAM-SHA-256", true, "", "SCRAM-SHA-256"},
		{"SCRAM-SHA-256", false, "", "SCRAM-SHA-256"},
		{"PLAIN", true, "", "PLAIN"},
		{"PLAIN", false, "", "!unprotected"},
		{"GSSAPI", false, "", "!use tls or ssh"},
		{"GSSAPI DIGEST-MD5", true, "", "!offers GSSAPI, DIGEST-MD5"},
		{"PLAIN SCRAM-SHA-256", true, "plain", "PLAIN"},
		{"PLAIN", true, "scram-sha-256", "!and not scram-sha-256"},
		{"", true, "", "!no login is possible"},
	} {
		got, err := Choose(strings.Fields(tt.offered), tt.secret, tt.only)
		says, wrong := strings.CutPrefix(tt.want, "!")
		if wrong && (!errors.Is(err, ErrNoMechanism) || !strings.Contains(err.Error(), says)) || !wrong && (err != nil || got != tt.want) {
			t.Errorf("of %q: %q, %v; want %q", tt.offered, got, err, tt.want)
		}
	}
}

// TestSCRAM logs in to a server, with the right password, and with a server
// that does not know it.
func TestSCRAM(t *testing.T) {
	for _, tt := range []struct {
		stored string
		good   bool
	}{{"open sesame", true}, {"another", false}} {
		client, err := scram.SHA256.NewClient("fred", tt.stored, "")
		if err != nil {
			t.Fatal(err)
		}
		known := client.GetStoredCredentials(scram.KeyFactors{Salt: "salt", Iters: 4096})
		server, err := scram.SHA256.NewServer(func(string) (scram.StoredCredentials, error) { return known, nil })
		if err != nil {
			t.Fatal(err)
		}
		talk := server.NewConversation()
		m, err := New("SCRAM-SHA-256", Credentials{"fred", "open sesame"})
		if err != nil {
			t.Fatal(err)
		}
		var challenge []byte
		var failed error
		for !m.Complete() && failed == nil {
			var answer []byte
			if answer, failed = m.Step(challenge); failed != nil || answer == nil {
				break
			}
			var said string
			if said, failed = talk.Step(string(answer)); failed == nil {
				challenge = []byte(said)
			}
		}
		if m.Complete() != tt.good {
			t.Errorf("the server knows %q: complete %v, %v", tt.stored, m.Complete(), failed)
		}
	}
}

func TestPlain(t *testing.T) {
	m, err := New("PLAIN", Credentials{"fred", "x"})
	if err != nil {
		t.Fatal(err)
	}
	if answer, err := m.Step(nil); string(answer) != "\x00fred\x00x" || err != nil || !m.Complete() {
		t.Errorf("%q, %v", answer, err)
	}
	if _, err := New("PLAIN", Credentials{"fr\x00ed", "x"}); err == nil {
		t.Error("a user name with a zero byte")
	}
	if _, err := New("GSSAPI", Credentials{}); err == nil {
		t.Error("a mechanism that is not known")
	}
}

const conf = `# who is who
[credentials-a]
authname = fred
password=x=y
[credentials-b]
username=bob

[auth-libvirt-desk]
credentials=a
[auth-libvirt-default]
credentials=b
[auth-libvirt-bad]
credentials=c
[auth-libvirt-empty]
`

func TestConf(t *testing.T) {
	c, err := ParseConf("f", []byte(conf))
	if err != nil {
		t.Fatal(err)
	}
	for host, want := range map[string]Credentials{"desk": {"fred", "x=y"}, "elsewhere": {"bob", ""}} {
		if got, err := c.Lookup("f", "libvirt", host); got != want || err != nil {
			t.Errorf("%s: %v, %v", host, got, err)
		}
	}
	if got, err := c.Lookup("f", "vnc", "desk"); got != (Credentials{}) || err != nil {
		t.Errorf("another service: %v, %v", got, err)
	}
	for host, says := range map[string]string{"bad": "[credentials-c]", "empty": "no key credentials"} {
		if _, err := c.Lookup("f", "libvirt", host); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", host, err)
		}
	}
	for in, says := range map[string]string{"a=b": "f:1: a key before", "[a]\nsecret": "f:2: expecting key=value", "[]": "[name]", "[a": "[name]"} {
		_, err := ParseConf("f", []byte(in))
		if err == nil || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", in, err)
		}
	}
}

func FuzzConf(f *testing.F) {
	f.Add([]byte(conf))
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := ParseConf("f", text)
		if err == nil {
			_, _ = c.Lookup("f", "libvirt", "desk")
		}
	})
}
