package share

import (
	"context"
	"errors"
	"io/fs"
	"mime"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"

	"golang.org/x/net/webdav"
)

// maxElements bounds how deep a name may lead. Copies of folders into links to
// themselves end there.
const maxElements = 100

// files is the folder as package webdav wants it. What it is asked for is the
// guest's word.
type files struct {
	root     *os.Root
	readOnly bool
	only     string // the one name in the root that there is, "" for all
}

var _ webdav.FileSystem = (*files)(nil)

// local returns a name as the root wants it, or an error if it has none.
func local(name string) (string, error) {
	if strings.ContainsRune(name, 0) || filepath.Separator != '/' && strings.ContainsRune(name, filepath.Separator) {
		return "", fs.ErrNotExist
	}
	name = strings.TrimPrefix(path.Clean("/"+name), "/")
	if strings.Count(name, "/") >= maxElements {
		return "", fs.ErrPermission
	}
	if name == "" {
		return ".", nil
	}
	return filepath.FromSlash(name), nil
}

// writable is local for what changes something below the folder.
func (f *files) writable(name string) (string, error) {
	name, err := local(name)
	switch {
	case err != nil:
		return "", err
	case f.readOnly || name == ".":
		return "", fs.ErrPermission
	}
	return name, nil
}

// plain makes an error one of those that the guest may tell apart. What lies
// outside of the folder, and what is no name, does not exist.
func plain(err error) error {
	for _, known := range []error{nil, fs.ErrNotExist, fs.ErrExist, fs.ErrPermission, syscall.ENOSPC} {
		if errors.Is(err, known) {
			return known
		}
	}
	return fs.ErrNotExist
}

// shared reports whether the guest is to see something of that kind.
func shared(m fs.FileMode) bool { return m.IsRegular() || m.IsDir() }

// Stat implements webdav.FileSystem.
func (f *files) Stat(_ context.Context, name string) (fs.FileInfo, error) {
	name, err := local(name)
	if err != nil {
		return nil, err
	}
	return f.stat(name)
}

// there reports whether a name, as the root wants it, is one that there is.
func (f *files) there(name string) bool { return f.only == "" || name == f.only || name == "." }

func (f *files) stat(name string) (fs.FileInfo, error) {
	if !f.there(name) {
		return nil, fs.ErrNotExist
	}
	i, err := f.root.Stat(name)
	if err != nil {
		return nil, plain(err)
	}
	if !shared(i.Mode()) {
		return nil, fs.ErrNotExist
	}
	return info{i}, nil
}

// changing are the flags of opening that change something.
const changing = os.O_WRONLY | os.O_RDWR | os.O_CREATE | os.O_TRUNC | os.O_APPEND

// OpenFile implements webdav.FileSystem. What is not there to be read or
// written without waiting is not opened.
func (f *files) OpenFile(ctx context.Context, name string, flag int, perm fs.FileMode) (webdav.File, error) {
	check := local
	if flag&changing != 0 {
		check = f.writable
	}
	name, err := check(name)
	if err != nil {
		return nil, err
	}
	if !f.there(name) {
		return nil, fs.ErrNotExist
	}
	switch i, err := f.root.Stat(name); {
	case err == nil && !shared(i.Mode()):
		return nil, fs.ErrPermission
	case err == nil && i.IsDir() && flag&(os.O_CREATE|os.O_TRUNC) == 0:
		flag = os.O_RDONLY // its properties can be written all the same
	}
	full, uploads := ctx.Value(fullKey{}).(*atomic.Bool)
	var opened *os.File
	incoming := ""
	if uploads && flag&os.O_TRUNC != 0 {
		opened, incoming, err = f.upload(name, flag, perm&0o777)
	} else {
		opened, err = f.root.OpenFile(name, flag|syscall.O_NONBLOCK, perm&0o777)
	}
	if err != nil {
		return nil, plain(err)
	}
	if i, err := opened.Stat(); err != nil || !shared(i.Mode()) {
		opened.Close()
		return nil, fs.ErrPermission
	}
	return &file{File: opened, files: f, name: name, full: full, incoming: incoming}, nil
}

// Mkdir implements webdav.FileSystem.
func (f *files) Mkdir(_ context.Context, name string, perm fs.FileMode) error {
	name, err := f.writable(name)
	if err != nil {
		return err
	}
	return plain(f.root.Mkdir(name, perm&0o777|0o700))
}

// RemoveAll implements webdav.FileSystem. It removes links, not what they lead
// to.
func (f *files) RemoveAll(ctx context.Context, name string) error {
	name, err := f.writable(name)
	if err != nil {
		return err
	}
	if a, ok := ctx.Value(asideKey{}).(*aside); ok {
		return plain(a.put(f, name))
	}
	return plain(f.root.RemoveAll(name))
}

// Rename implements webdav.FileSystem.
func (f *files) Rename(_ context.Context, from, to string) error {
	from, err := f.writable(from)
	if err == nil {
		to, err = f.writable(to)
	}
	if err != nil {
		return err
	}
	return plain(f.root.Rename(from, to))
}

// A file is one that is open.
type file struct {
	*os.File
	files *files
	name  string
	full  *atomic.Bool // set when there is no space for what is written; may be nil

	incoming string // the name it has until it is whole, "" for none; see upload
	broken   bool   // not all of it was written
}

// Stat implements webdav.File.
func (f *file) Stat() (fs.FileInfo, error) {
	i, err := f.File.Stat()
	if err != nil {
		return nil, plain(err)
	}
	return info{i}, nil
}

// Readdir implements webdav.File. It leaves out what cannot be opened.
func (f *file) Readdir(int) ([]fs.FileInfo, error) {
	all, err := f.File.ReadDir(-1)
	if err != nil {
		return nil, plain(err)
	}
	var list []fs.FileInfo
	for _, e := range all {
		if i, err := f.files.stat(filepath.Join(f.name, e.Name())); err == nil {
			list = append(list, named{i, e.Name()})
		}
	}
	return list, nil
}

// An info is what is known of a file.
type info struct{ fs.FileInfo }

// ContentType implements webdav.ContentTyper: files are not opened to find out.
func (i info) ContentType(context.Context) (string, error) {
	if t := mime.TypeByExtension(filepath.Ext(i.Name())); t != "" {
		return t, nil
	}
	return "application/octet-stream", nil
}

// named is an info under the name of a link.
type named struct {
	fs.FileInfo
	name string
}

// Name implements fs.FileInfo.
func (n named) Name() string { return n.name }
