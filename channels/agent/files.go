package agent

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"saffron/spice/wire"
)

// maxChunk is how much of a file one message has, in bytes: other messages come
// between.
const maxChunk = 64 << 10

// Results of a transfer (VD_AGENT_FILE_XFER_STATUS_*).
const (
	FileCanSend        = 0
	FileCancelled      = 1
	FileError          = 2
	FileSuccess        = 3
	FileNoSpace        = 4
	FileSessionLocked  = 5
	FileNoSessionAgent = 6
	FilesDisabled      = 7
)

// A FileRefusedError says why the guest did not take a file.
type FileRefusedError struct {
	Result uint32 // one of the results above, or one that is not known
	Free   uint64 // bytes that are free in the guest, with FileNoSpace; 0 if it did not say
	Code   uint32 // of the guest's input and output, with FileError; 0 if it did not say
}

func (e *FileRefusedError) Error() string {
	switch e.Result {
	case FileCancelled:
		return "it was cancelled in the guest"
	case FileError:
		return "the guest could not write it"
	case FileNoSpace:
		if e.Free > 0 {
			return fmt.Sprintf("there is not enough space in the guest: %s are free", amount(e.Free))
		}
		return "there is not enough space in the guest"
	case FileSessionLocked:
		return "the guest's screen is locked"
	case FileNoSessionAgent:
		return "nobody is logged in who could take it: no agent runs in the guest's session"
	case FilesDisabled:
		return "the guest, or its server, does not allow files to be sent"
	}
	return fmt.Sprintf("the guest refused it with code %d", e.Result)
}

// Errors of SendFile.
var (
	ErrFilesDisabled = &FileRefusedError{Result: FilesDisabled}
	errName          = errors.New("agent: that is no name of a file")
	errShrunk        = errors.New("the file has become shorter while it was sent")
	errEarly         = errors.New("the guest says it has the file, but not all of it was sent")
)

// transfers are the files that are being sent. It is guarded by Agent.mu.
type transfers struct {
	last uint32 // id of the last one
	all  map[uint32]*transfer
}

// A transfer is one file. Its channels are closed under Agent.mu.
type transfer struct {
	id     uint32
	agent  uint64        // generation of the agent that it goes to
	wanted chan struct{} // closed when the guest wants the data
	ended  chan struct{} // closed when the guest has said how it ended
	want   bool
	end    bool
	err    error // valid when ended is closed; nil: the guest has the file
}

func (t *transfer) finish(err error) {
	if !t.end {
		t.end, t.err = true, err
		close(t.ended)
	}
}

// drop ends all transfers.
func (s *transfers) drop(cause error) {
	for _, t := range s.all {
		t.finish(cause)
	}
	*s = transfers{}
}

// SendFile sends a file to the guest and returns when the guest has it all,
// where its agent keeps such files. Name is the file's without any folder; size
// bytes are read from r; sent, if not nil, is told how many have been sent, from
// the goroutine that called SendFile. Any number of files may be sent at once,
// though guests refuse more than about a hundred.
//
// When ctx ends, or reading fails, the guest is told to forget the file. The
// error is ctx's cause, a *FileRefusedError, what reading returned, or why there
// is no agent to send to.
func (a *Agent) SendFile(ctx context.Context, name string, size int64, r io.Reader, sent func(int64)) error {
	start, err := startOf(name, size)
	if err != nil {
		return err
	}
	t, err := a.beginFile(start)
	if err != nil {
		return err
	}
	defer a.forgetFile(t)
	select {
	case <-t.wanted:
		err = a.sendData(ctx, t, size, r, sent)
	case <-t.ended:
		err = t.endEarly()
	case <-ctx.Done():
		err = context.Cause(ctx)
	}
	if err == nil {
		select {
		case <-t.ended:
			return t.err
		case <-ctx.Done():
			err = context.Cause(ctx)
		}
	}
	a.cancelFile(t)
	return err
}

// beginFile tells the guest of a file.
func (a *Agent) beginFile(start *fileStart) (*transfer, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.usable(); err != nil {
		return nil, err
	}
	if a.caps.Has(CapFilesDisabled) {
		return nil, ErrFilesDisabled
	}
	if a.files.all == nil {
		a.files.all = map[uint32]*transfer{}
	}
	a.files.last++
	t := &transfer{id: a.files.last, agent: a.generation, wanted: make(chan struct{}), ended: make(chan struct{})}
	a.files.all[t.id] = t
	start.ID = t.id
	a.postBody(msgFileStart, start)
	return t, nil
}

func (a *Agent) forgetFile(t *transfer) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.generation == t.agent {
		delete(a.files.all, t.id)
	}
}

// cancelFile tells the guest to forget a file, unless it has said itself how
// that ended.
func (a *Agent) cancelFile(t *transfer) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.generation == t.agent && a.connected && (!t.end || t.err == nil) {
		a.postBody(msgFileStatus, &fileStatus{ID: t.id, Result: FileCancelled})
	}
}

// sendData sends what r has, a chunk after the other is on its way.
func (a *Agent) sendData(ctx context.Context, t *transfer, size int64, r io.Reader, sent func(int64)) error {
	var buf [maxChunk]byte
	for done := int64(0); ; {
		chunk := buf[:min(size-done, maxChunk)]
		if _, err := io.ReadFull(r, chunk); err != nil {
			if err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF) {
				err = errShrunk
			}
			return err
		}
		done += int64(len(chunk))
		if err := a.sendChunk(ctx, t, chunk, done == size); err != nil {
			return err
		}
		if sent != nil {
			sent(done)
		}
		if done == size {
			return nil
		}
	}
}

// sendChunk returns when a chunk was handed to the connection, or why it will
// not be. Its memory is the caller's again then. With the last chunk the guest
// may say that it has everything before the connection says that it took it.
func (a *Agent) sendChunk(ctx context.Context, t *transfer, chunk []byte, last bool) error {
	handed := make(chan error, 1)
	head := binary.LittleEndian.AppendUint32(nil, t.id)
	head = binary.LittleEndian.AppendUint64(head, uint64(len(chunk)))
	m := &message{typ: msgFileData, head: head, data: chunk, sent: func(err error) { handed <- err }}
	a.mu.Lock()
	if t.end {
		a.mu.Unlock()
		return t.endEarly()
	}
	a.post(m)
	a.mu.Unlock()
	err := a.awaitHanded(ctx, t, m, handed, last)
	if err != nil {
		a.takeBack(m)
	}
	return err
}

// awaitHanded waits for the connection, or for what ends the transfer.
func (a *Agent) awaitHanded(ctx context.Context, t *transfer, m *message, handed <-chan error, last bool) error {
	ended := t.ended
	for {
		a.mu.Lock()
		stuck, change := a.stuck, a.change
		a.mu.Unlock()
		if stuck {
			return ErrStuck
		}
		select {
		case err := <-handed:
			return err
		case <-ended:
			if t.err != nil || !last || a.queued(m) {
				return t.endEarly()
			}
			ended = nil // it is just being handed over
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-change:
		}
	}
}

// endEarly returns why a transfer ended before all was sent.
func (t *transfer) endEarly() error {
	if t.err == nil {
		return errEarly
	}
	return t.err
}

// takeBack takes a message out of the queue. If it has begun it gets data of its
// own, because the rest has to follow.
func (a *Agent) takeBack(m *message) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.current == m {
		m.data = append([]byte(nil), m.data...)
		return
	}
	a.unpost(m)
}

// fileStatus takes what the guest says of a file.
func (a *Agent) fileStatus(m *fileStatus) {
	a.mu.Lock()
	defer a.mu.Unlock()
	t := a.files.all[m.ID]
	switch {
	case t == nil: // cancelled before
	case m.Result == FileCanSend:
		if !t.want && !t.end {
			t.want = true
			close(t.wanted)
		}
	case m.Result == FileSuccess:
		t.finish(nil)
	default:
		t.finish(&FileRefusedError{Result: m.Result, Free: m.Free, Code: m.Code})
	}
}

// fileStart tells of a file (VD_AGENT_FILE_XFER_START).
type fileStart struct {
	ID   uint32
	Text string // of a key file
}

// Decode implements wire.Message.
func (m *fileStart) Decode(r *wire.Reader) {
	m.ID = r.U32()
	if text := r.Rest(); len(text) > 0 {
		m.Text = string(text[:len(text)-1])
	}
}

// Encode implements wire.Message.
func (m *fileStart) Encode(w *wire.Writer) {
	w.U32(m.ID)
	w.Bytes([]byte(m.Text))
	w.U8(0)
}

// fileStatus says how a file fares (VD_AGENT_FILE_XFER_STATUS).
type fileStatus struct {
	ID, Result uint32
	Free       uint64 // with FileNoSpace
	Code       uint32 // with FileError
}

// Decode implements wire.Message. Whether there are details is told by the size.
func (m *fileStatus) Decode(r *wire.Reader) {
	m.ID, m.Result = r.U32(), r.U32()
	switch {
	case m.Result == FileNoSpace && r.Remaining() >= 8:
		m.Free = r.U64()
	case m.Result == FileError && r.Remaining() >= 5:
		r.U8()
		m.Code = r.U32()
	}
}

// Encode implements wire.Message.
func (m *fileStatus) Encode(w *wire.Writer) {
	w.U32(m.ID)
	w.U32(m.Result)
	switch {
	case m.Result == FileNoSpace && m.Free > 0:
		w.U64(m.Free)
	case m.Result == FileError && m.Code > 0:
		w.U8(0)
		w.U32(m.Code)
	}
}
