package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/BurntSushi/toml"
	"github.com/adrg/xdg"
)

// memory is the file in which windows remember machines: when they were opened,
// how to open them again, and what was set in their windows. It holds no
// password. Any goroutine may call its methods; several processes may use the
// file.
type memory struct {
	path string
	mu   sync.Mutex // held while the file is used
}

// A remembered machine is one of the file's tables, by UUID or, where the server
// has not told one, by address.
type remembered struct {
	Name     string            `toml:"name,omitempty"`
	Address  string            `toml:"address,omitempty"` // see console.place
	Target   []string          `toml:"target,omitempty"`  // arguments that open it; none for a file
	Last     time.Time         `toml:"last,omitempty"`
	Settings map[string]string `toml:"settings,omitempty"`
	// Of a newer version, kept.
	rest map[string]any
}

// memoryHead stands at the beginning of the file.
const memoryHead = `# What saffron remembers of machines: recent connections and what was set in
# their windows. It may be deleted. What you write into config.toml wins.

`

// maxRemembered is how many machines are remembered.
const maxRemembered = 200

// maxMemory bounds the file in bytes.
const maxMemory = 4 << 20

func memoryPath() string { return filepath.Join(xdg.StateHome, "saffron", "machines.toml") }

// find returns the key of a machine among those remembered, "" if it is none.
func find(all map[string]*remembered, m machineID) string {
	if _, ok := all[m.uuid]; ok && m.uuid != "" {
		return m.uuid
	}
	latest := ""
	for key, r := range all {
		if m.address != "" && (key == m.address || r.Address == m.address) && (m.uuid == "" || key == m.address) &&
			(latest == "" || r.Last.After(all[latest].Last)) {
			latest = key
		}
	}
	return latest
}

// setting returns what is remembered, "" if nothing is or the file cannot be
// read.
func (f *memory) setting(m machineID, key string) string {
	all, err := f.load()
	if err != nil {
		return ""
	}
	r := all[find(all, m)]
	if r == nil {
		return ""
	}
	if value := r.Settings[key]; prefKeys[key] != nil && prefKeys[key].MatchString(value) {
		return value
	}
	return ""
}

func (f *memory) setSetting(m machineID, key, value string) error {
	return f.change(m, func(r *remembered) {
		if r.Settings == nil {
			r.Settings = map[string]string{}
		}
		r.Settings[key] = value
		if value == "" {
			delete(r.Settings, key)
		}
	})
}

// opened remembers that a machine has been opened now.
func (f *memory) opened(m machineID, target []string) error {
	return f.change(m, func(r *remembered) { r.Last, r.Target = time.Now().UTC().Truncate(time.Second), target })
}

// recent returns the machines that can be opened again, the latest first.
func (f *memory) recent() ([]*remembered, error) {
	all, err := f.load()
	list := slices.Collect(maps.Values(all))
	list = slices.DeleteFunc(list, func(r *remembered) bool { return len(r.Target) == 0 || r.Last.IsZero() })
	slices.SortFunc(list, func(a, b *remembered) int {
		return cmp.Or(b.Last.Compare(a.Last), cmp.Compare(a.Address, b.Address))
	})
	return list, err
}

// forget forgets those machines that say so, and returns how many.
func (f *memory) forget(which func(*remembered) bool) (n int, err error) {
	err = f.update(func(all map[string]*remembered) {
		before := len(all)
		maps.DeleteFunc(all, func(_ string, r *remembered) bool { return which(r) })
		n = before - len(all)
	})
	return n, err
}

// change changes what is remembered of a machine. One that was known by its
// address only gets its UUID.
func (f *memory) change(m machineID, change func(*remembered)) error {
	if len(m.names()) == 0 {
		return nil
	}
	return f.update(func(all map[string]*remembered) {
		key := find(all, m)
		r := all[key]
		if r == nil {
			r = new(remembered)
		}
		delete(all, key)
		r.Name, r.Address = cmp.Or(m.name, r.Name), cmp.Or(m.address, r.Address)
		change(r)
		if m.uuid != "" || key == "" {
			key = cmp.Or(m.uuid, m.address)
		}
		all[key] = r
	})
}

// update reads the file, changes what it says, and writes it again: another
// process either sees all of it or nothing.
func (f *memory) update(change func(map[string]*remembered)) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := os.MkdirAll(filepath.Dir(f.path), 0o700); err != nil {
		return err
	}
	unlock, err := lockFile(f.path + ".lock")
	if err != nil {
		return err
	}
	defer unlock()
	all, err := f.read()
	if err != nil {
		return err
	}
	change(all)
	for len(all) > maxRemembered {
		delete(all, oldest(all))
	}
	text, err := encodeMemory(all)
	if err != nil {
		return err
	}
	return writeWhole(f.path, text)
}

func oldest(all map[string]*remembered) string {
	return slices.MinFunc(slices.Sorted(maps.Keys(all)), func(a, b string) int { return all[a].Last.Compare(all[b].Last) })
}

func (f *memory) load() (map[string]*remembered, error) {
	if f == nil {
		return nil, nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.read()
}

// read returns what the file says. There need not be one.
func (f *memory) read() (map[string]*remembered, error) {
	info, err := os.Stat(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return map[string]*remembered{}, nil
	}
	if err != nil {
		return nil, err
	}
	if info.Size() > maxMemory {
		return nil, fmt.Errorf("%s is larger than %d bytes", f.path, maxMemory)
	}
	text, err := os.ReadFile(f.path)
	if err != nil {
		return nil, err
	}
	all, err := decodeMemory(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w; it may be deleted", f.path, err)
	}
	return all, nil
}

// decodeMemory understands the file. What it does not know it keeps.
func decodeMemory(text []byte) (map[string]*remembered, error) {
	var raw struct {
		Machines map[string]map[string]any `toml:"machines"`
	}
	var known struct {
		Machines map[string]*remembered `toml:"machines"`
	}
	if _, err := toml.NewDecoder(bytes.NewReader(text)).Decode(&raw); err != nil {
		return nil, err
	}
	if _, err := toml.NewDecoder(bytes.NewReader(text)).Decode(&known); err != nil {
		return nil, err
	}
	all := map[string]*remembered{}
	for key, r := range known.Machines {
		r.rest = raw.Machines[key]
		for _, name := range []string{"name", "address", "target", "last", "settings"} {
			delete(r.rest, name)
		}
		all[key] = r
	}
	return all, nil
}

func encodeMemory(all map[string]*remembered) ([]byte, error) {
	machines := map[string]map[string]any{}
	for key, r := range all {
		m := maps.Clone(r.rest)
		if m == nil {
			m = map[string]any{}
		}
		for name, value := range map[string]string{"name": r.Name, "address": r.Address} {
			if value != "" {
				m[name] = value
			}
		}
		if len(r.Target) > 0 {
			m["target"] = r.Target
		}
		if !r.Last.IsZero() {
			m["last"] = r.Last
		}
		if len(r.Settings) > 0 {
			m["settings"] = r.Settings
		}
		machines[key] = m
	}
	b := bytes.NewBufferString(memoryHead)
	e := toml.NewEncoder(b)
	e.Indent = ""
	err := e.Encode(map[string]any{"machines": machines})
	return b.Bytes(), err
}

// writeWhole puts a file in place at once, readable for its owner only.
func writeWhole(path string, text []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // gone if all went well
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
