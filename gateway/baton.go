package gateway

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"syscall"
	"time"
)

// batonVariable names, in the environment of a process that is to take over, the descriptor of its baton.
const batonVariable = "TELAGENT_HANDOVER"

// baton is how the process that works and the one that takes over from it talk: messages with sockets, over a pair of
// sockets of this machine that nobody else has.
type baton struct {
	conn *net.UnixConn
	room []byte // for what is heard
}

// The bounds of a message.
const (
	mostFiles = 64        // descriptors; the kernel takes 253
	mostWords = 128 << 10 // bytes
	batonRoom = 4 << 20   // bytes that may wait
)

// word is what a message says.
type word string

// The words, in their order. Of the one that works: sockets, then go when it stands still, legs with theirs after audio was
// asked for, and events that nobody handled. Of the one that takes over: ready, audio, and running; or failed, at any time.
const (
	socketsWord word = "sockets"
	readyWord   word = "ready"
	goWord      word = "go"
	audioWord   word = "audio"
	legWord     word = "leg"
	factWord    word = "fact"
	endWord     word = "end"
	runningWord word = "running"
	failedWord  word = "failed"
)

// message is one message. Which fields there are depends on the word.
type message struct {
	Word   word
	Names  []string        `json:",omitempty"` // of the sockets that come with it, in their order
	Why    string          `json:",omitempty"` // of failed; with go: in whose name
	Detail string          `json:",omitempty"` // with go: for the audit trail
	Kind   string          `json:",omitempty"` // of a fact; with the last sockets: the mark of the store
	Body   json.RawMessage `json:",omitempty"` // of a leg or a fact; with go: the drain that is under way
	files  []*os.File
}

// newBatons makes both ends; the second is for the other process.
func newBatons() (*baton, *os.File, error) {
	pair, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_SEQPACKET|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("make a pair of sockets: %w", err)
	}
	theirs := os.NewFile(uintptr(pair[1]), "baton")
	b, err := batonOf(os.NewFile(uintptr(pair[0]), "baton"))
	if err != nil {
		return nil, nil, errors.Join(err, theirs.Close())
	}
	return b, theirs, nil
}

func batonOf(file *os.File) (*baton, error) {
	c, err := net.FileConn(file)
	if err := errors.Join(err, file.Close()); err != nil {
		return nil, fmt.Errorf("take the baton: %w", err)
	}
	unix, ok := c.(*net.UnixConn)
	if !ok {
		return nil, errors.Join(fmt.Errorf("take the baton: it is a %T", c), c.Close())
	}
	return &baton{conn: unix, room: make([]byte, mostWords)}, errors.Join(unix.SetWriteBuffer(batonRoom), unix.SetReadBuffer(batonRoom))
}

// inheritedBaton returns the baton that another process gave this one; nil: nobody did.
func inheritedBaton() (*baton, error) {
	text := os.Getenv(batonVariable)
	if text == "" {
		return nil, nil
	}
	if err := os.Unsetenv(batonVariable); err != nil { // it is not for who takes over from us
		return nil, fmt.Errorf("take the baton: %w", err)
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 3 {
		return nil, fmt.Errorf("%s is %q; it is set by 'telagent upgrade' alone", batonVariable, text)
	}
	syscall.CloseOnExec(n)
	return batonOf(os.NewFile(uintptr(n), "baton"))
}

// within bounds how long all that is said from now on may take: a process that hangs reads nothing, and whoever tells it more than
// fits would wait for ever.
func (b *baton) within(d time.Duration) error {
	if err := b.conn.SetWriteDeadline(time.Now().Add(d)); err != nil {
		return fmt.Errorf("take the baton: %w", err)
	}
	return nil
}

// say sends a message; files are closed, whatever comes of it.
func (b *baton) say(m message, files ...*os.File) error {
	defer closeAll(files)
	data, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("say %s: %w", m.Word, err)
	}
	if len(data) > mostWords || len(files) > mostFiles {
		return fmt.Errorf("say %s: %d bytes and %d sockets are too much", m.Word, len(data), len(files))
	}
	var rights []byte
	if len(files) > 0 {
		all := make([]int, len(files))
		for i, f := range files {
			if all[i], err = numberOf(f); err != nil {
				return fmt.Errorf("say %s: %w", m.Word, err)
			}
		}
		rights = syscall.UnixRights(all...)
	}
	if _, _, err := b.conn.WriteMsgUnix(data, rights, nil); err != nil {
		return fmt.Errorf("say %s: %w", m.Word, err)
	}
	return nil
}

// numberOf returns a file's descriptor. Fd of it would make the socket block, here and in the other process.
func numberOf(f *os.File) (n int, err error) {
	raw, err := f.SyscallConn()
	if err == nil {
		err = raw.Control(func(fd uintptr) { n = int(fd) })
	}
	return n, err
}

// hear waits for the next message until a time; zero: for ever.
func (b *baton) hear(until time.Time) (m message, err error) {
	if err := b.conn.SetReadDeadline(until); err != nil {
		return m, fmt.Errorf("hear: %w", err)
	}
	data, rights := b.room, make([]byte, syscall.CmsgSpace(4*mostFiles))
	n, r, flags, _, err := b.conn.ReadMsgUnix(data, rights)
	if errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) || err == nil && n == 0 {
		return m, errGone
	}
	if err != nil {
		return m, fmt.Errorf("hear: %w", err)
	}
	if m.files, err = filesOf(rights[:r]); err != nil {
		return m, err
	}
	if flags&(syscall.MSG_TRUNC|syscall.MSG_CTRUNC) != 0 {
		err = errors.New("hear: a message was cut")
	} else {
		err = json.Unmarshal(data[:n], &m)
	}
	if err == nil && len(m.Names) != len(m.files) {
		err = fmt.Errorf("hear %s: %d sockets have %d names", m.Word, len(m.files), len(m.Names))
	}
	if err != nil {
		closeAll(m.files)
	}
	return m, err
}

// errGone says that the other process has ended.
var errGone = errors.New("the other process has ended")

// expect waits for one word; another one is an error.
func (b *baton) expect(want word, until time.Time) (message, error) {
	m, err := b.hear(until)
	if err == nil && m.Word == failedWord {
		err = errors.New(m.Why)
	} else if err == nil && m.Word != want {
		err = fmt.Errorf("it says %s where %s is due", m.Word, want)
	}
	return m, err
}

// filesOf returns the sockets that came with a message.
func filesOf(rights []byte) (files []*os.File, err error) {
	if len(rights) == 0 {
		return nil, nil
	}
	parts, err := syscall.ParseSocketControlMessage(rights)
	if err != nil {
		return nil, fmt.Errorf("hear: %w", err)
	}
	for _, part := range parts {
		numbers, err := syscall.ParseUnixRights(&part)
		if err != nil {
			closeAll(files)
			return nil, fmt.Errorf("hear: %w", err)
		}
		for _, n := range numbers {
			syscall.CloseOnExec(n)
			files = append(files, os.NewFile(uintptr(n), "inherited"))
		}
	}
	return files, nil
}

func (b *baton) close() { _ = b.conn.Close() } // the other one sees that
