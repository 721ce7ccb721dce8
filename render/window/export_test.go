package window

// WithoutSide makes windows do without a side connection.
func WithoutSide() {
	connectSide = func() (side, error) { return nil, errNoSide }
}
