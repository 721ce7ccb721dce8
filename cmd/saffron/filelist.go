package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// maxFiles bounds the files that are sent at once: a folder may have many.
const maxFiles = 10_000

// A sentFile is a file that is to be sent to the guest.
type sentFile struct {
	path string
	size int64 // when it was found
}

func (f *sentFile) name() string { return filepath.Base(f.path) }

// listFiles returns the files that paths are, or that are in the folders that
// they are: guests take no folders. What cannot be sent is left out, with its
// reason: links within folders, which could lead anywhere, and what is no file.
func listFiles(paths []string) (files []sentFile, left []error, err error) {
	for _, path := range paths {
		info, err := os.Stat(path)
		switch {
		case err != nil:
			left = append(left, err)
		case info.IsDir():
			if files, left, err = listFolder(path, files, left); err != nil {
				return nil, nil, err
			}
		case !info.Mode().IsRegular():
			left = append(left, fmt.Errorf("%s is no file", path))
		default:
			files = append(files, sentFile{path, info.Size()})
		}
		if len(files) > maxFiles {
			return nil, nil, errTooMany
		}
	}
	return files, left, nil
}

var errTooMany = fmt.Errorf("there are more than %d files", maxFiles)

func listFolder(dir string, files []sentFile, left []error) ([]sentFile, []error, error) {
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		dir = real // what was named itself may be a link
	}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			left = append(left, err)
			if d != nil && d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if d.IsDir() {
			return nil
		}
		info, err := d.Info()
		switch {
		case err != nil:
			left = append(left, err)
		case !info.Mode().IsRegular():
			left = append(left, fmt.Errorf("%s is no file", path))
		case len(files) == maxFiles:
			return errTooMany
		default:
			files = append(files, sentFile{path, info.Size()})
		}
		return nil
	})
	return files, left, err
}

// open opens the file, which may be another by now.
func (f *sentFile) open() (*os.File, int64, error) {
	file, err := os.Open(f.path)
	if err != nil {
		return nil, 0, err
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("it is no file any more")
	}
	if err != nil {
		file.Close()
		return nil, 0, err
	}
	return file, info.Size(), nil
}

// fileReason returns why a file cannot be had, without its path.
func fileReason(err error) string {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err.Error()
	}
	return err.Error()
}
