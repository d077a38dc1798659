package conn

import (
	"context"
	"errors"
	"io"
	"iter"

	"rfc6455/frame"
)

type Role uint8

const (
	Client Role = iota + 1
	Server
)

type Message struct {
	Opcode frame.Opcode
	Data   []byte
}

type Conn struct{ opts *Options }

var errTODO = errors.New("conn: being written")

func New(rw io.ReadWriteCloser, role Role, opts *Options) *Conn { return &Conn{opts: opts} }

func (c *Conn) Read(ctx context.Context) (frame.Opcode, []byte, error) { return 0, nil, errTODO }
func (c *Conn) Append(ctx context.Context, dst []byte) (frame.Opcode, []byte, error) {
	return 0, nil, errTODO
}
func (c *Conn) Messages(ctx context.Context) iter.Seq2[Message, error] { return nil }
func (c *Conn) Reader(ctx context.Context) (frame.Opcode, io.Reader, error) {
	return 0, nil, errTODO
}
func (c *Conn) Write(ctx context.Context, op frame.Opcode, p []byte) error { return errTODO }
func (c *Conn) Writer(ctx context.Context, op frame.Opcode) (io.WriteCloser, error) {
	return nil, errTODO
}
func (c *Conn) Ping(ctx context.Context) error                  { return errTODO }
func (c *Conn) Close(code frame.CloseCode, reason string) error { return errTODO }
func (c *Conn) CloseNow() error                                 { return errTODO }
func (c *Conn) Done() <-chan struct{}                           { return nil }
func (c *Conn) Subprotocol() string                             { return c.opts.Subprotocol }

type CloseError struct {
	Code   frame.CloseCode
	Reason string
}

func (e CloseError) Error() string { return "" }
