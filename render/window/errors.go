package window

// A NoDisplayError says that there is no screen to open a window on.
type NoDisplayError struct {
	Display string // as the environment names it, "" if it names none
	Err     error
}

func (e *NoDisplayError) Error() string {
	if e.Display == "" {
		return "window: no display: " + e.Err.Error()
	}
	return "window: display " + e.Display + ": " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *NoDisplayError) Unwrap() error { return e.Err }
