package vv

import (
	"fmt"
	"os"
)

// keepFile is the environment variable that prevents Delete.
const keepFile = "VIRT_VIEWER_KEEP_FILE"

// Load parses the file at path.
func Load(path string) (*File, error) {
	r, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("vv: %w", err)
	}
	defer r.Close()
	info, err := r.Stat()
	if err != nil {
		return nil, fmt.Errorf("vv: %w", err)
	}
	f, err := Parse(r)
	if err != nil {
		return nil, fmt.Errorf("%w (file %s)", err, path)
	}
	f.path, f.info = path, info
	return f, nil
}

// Delete removes the file if it came from Load and asks for that, unless the
// environment has VIRT_VIEWER_KEEP_FILE. Call it before connecting; a failure
// is worth a warning, not more. It only removes a regular file, the one that
// was read.
func (f *File) Delete() error {
	if _, keep := os.LookupEnv(keepFile); keep || !f.DeleteThisFile || f.path == "" {
		return nil
	}
	info, err := os.Lstat(f.path)
	if err != nil {
		return fmt.Errorf("vv: deleting the connection file: %w", err)
	}
	if !info.Mode().IsRegular() || !os.SameFile(info, f.info) {
		return fmt.Errorf("vv: %s is not the regular file that was read, and is not deleted", f.path)
	}
	if err := os.Remove(f.path); err != nil {
		return fmt.Errorf("vv: deleting the connection file: %w", err)
	}
	return nil
}
