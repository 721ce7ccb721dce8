package share

import (
	"io/fs"
	"os"
	"syscall"
)

// upload opens a file that is being uploaded. It comes in under another name, to
// take its place when it is whole: a connection that breaks, or a disk that is
// full, leaves what was there. What is no plain file itself, such as a link, is
// written where it is; then there is no incoming name.
func (f *files) upload(name string, flag int, perm fs.FileMode) (opened *os.File, incoming string, err error) {
	i, err := f.root.Lstat(name)
	there := err == nil
	if there && !i.Mode().IsRegular() {
		opened, err = f.root.OpenFile(name, flag|syscall.O_NONBLOCK, perm)
		return opened, "", err
	}
	if there { // it must be one that can be written
		old, err := f.root.OpenFile(name, os.O_WRONLY|syscall.O_NONBLOCK, 0)
		if err != nil {
			return nil, "", err
		}
		old.Close()
	}
	incoming = beside(name, "incoming")
	if opened, err = f.root.OpenFile(incoming, os.O_RDWR|os.O_CREATE|os.O_EXCL, perm); err != nil {
		return nil, "", err
	}
	if there {
		_ = opened.Chmod(i.Mode().Perm()) // as well as the file system can
	}
	return opened, incoming, nil
}

// Close implements webdav.File. An upload that is whole takes its place.
func (f *file) Close() error {
	err := f.File.Close()
	f.noteSpace(err)
	if f.incoming == "" {
		return err
	}
	if err == nil && !f.broken {
		err = plain(f.files.root.Rename(f.incoming, f.name))
	}
	if err != nil || f.broken {
		_ = f.files.root.Remove(f.incoming) // or it stays
	}
	f.incoming = ""
	return err
}
