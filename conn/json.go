package conn

import (
	"context"
	"encoding/json"
	"fmt"

	"rfc6455/frame"
)

// ReadJSON reads the next message, which must be text, into a T. A binary
// message ends the connection with 1003 (§7.4.1). Text that is no JSON, or none
// that fits T, is an error of package json, and the connection stays open.
func ReadJSON[T any](ctx context.Context, c *Conn) (T, error) {
	var v T
	op, p, err := c.Read(ctx)
	if err != nil {
		return v, err
	}
	if op != frame.Text {
		c.Close(frame.CloseUnsupportedData, "this endpoint understands JSON in text messages")
		return v, fmt.Errorf("conn: a %v message came where JSON in a text message was expected", op)
	}
	err = json.Unmarshal(p, &v)
	return v, err
}

// WriteJSON sends v as JSON in one text message. What cannot be JSON is an error
// of package json, and nothing is sent.
func WriteJSON[T any](ctx context.Context, c *Conn, v T) error {
	p, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return c.Write(ctx, frame.Text, p)
}
