package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// source is the reference program, seen from the root of the repository.
const source = "testdata/lab/codecs/reference.c"

// A reference is the C program, running, and waiting for what to decode.
type reference struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
	dir string
}

// startReference compiles the C program and starts it on a corpus.
func startReference(folder string) (*reference, error) {
	dir, err := os.MkdirTemp("", "saffron-codecs-")
	if err != nil {
		return nil, err
	}
	r := &reference{dir: dir}
	program := filepath.Join(dir, "reference")
	if out, err := exec.Command("cc", "-O2", "-o", program, source, "-lturbojpeg", "-llz4").CombinedOutput(); err != nil {
		r.close()
		return nil, fmt.Errorf("compiling %s (it needs the packages in packages.txt): %w\n%s", source, err, out)
	}
	r.cmd = exec.Command(program, folder)
	r.cmd.Stderr = os.Stderr
	out, err := r.cmd.StdoutPipe()
	if err == nil {
		r.in, err = r.cmd.StdinPipe()
	}
	if err == nil {
		err = r.cmd.Start()
	}
	if err != nil {
		r.close()
		return nil, err
	}
	r.out = bufio.NewReader(out)
	return r, nil
}

// ask returns the answer to one line.
func (r *reference) ask(file, kind string) (string, error) {
	if _, err := fmt.Fprintf(r.in, "%s %s\n", file, kind); err != nil {
		return "", fmt.Errorf("reference: %w", err)
	}
	line, err := r.out.ReadString('\n')
	if err != nil {
		return "", fmt.Errorf("reference: %w", err)
	}
	return strings.TrimSpace(line), nil
}

// time decodes a file once and returns the ns per pixel.
func (r *reference) time(file, kind string) (float64, error) {
	line, err := r.ask(file, kind)
	if err != nil {
		return 0, err
	}
	ns, err := strconv.ParseFloat(line, 64)
	if err != nil {
		return 0, fmt.Errorf("reference: %s to %s: %s", file, kind, line)
	}
	return ns, nil
}

// pixels returns the pixels of a JPEG file, B,G,R,x.
func (r *reference) pixels(file string) ([]byte, error) {
	line, err := r.ask(file, "pixels")
	if err != nil {
		return nil, err
	}
	n, err := strconv.Atoi(line)
	if err != nil {
		return nil, fmt.Errorf("reference: pixels of %s: %s", file, line)
	}
	b := make([]byte, n)
	_, err = io.ReadFull(r.out, b)
	return b, err
}

func (r *reference) close() {
	if r.cmd != nil && r.cmd.Process != nil {
		r.in.Close()
		_ = r.cmd.Wait()
	}
	os.RemoveAll(r.dir)
}
