package uri

import (
	"fmt"
	"strconv"
	"strings"
)

// MaxConf bounds a configuration file in bytes.
const MaxConf = 1 << 20

// A Value is what a name stands for in a configuration file: a string, an
// int64, or a []Value.
type Value any

// ParseConf reads libvirt's configuration format: lines of name = value, where
// a value is a number, a string in single, double or triple double quotes, or a
// list in brackets. Of a name that comes twice, the first counts. file is for
// errors, which say the line.
func ParseConf(file string, text []byte) (map[string]Value, error) {
	if len(text) > MaxConf {
		return nil, fmt.Errorf("uri: %s: a configuration file has at most %d bytes", file, MaxConf)
	}
	p := &confParser{rest: string(text), line: 1}
	values := make(map[string]Value)
	for p.blank(true); p.rest != ""; p.blank(true) {
		name, value, err := p.statement()
		if err != nil {
			return nil, fmt.Errorf("uri: %s:%d: %w", file, p.line, err)
		}
		if _, again := values[name]; !again {
			values[name] = value
		}
	}
	return values, nil
}

// A confParser walks through a configuration.
type confParser struct {
	rest string
	line int
}

// blank skips spaces and, if lines is set, ends of lines and comments.
func (p *confParser) blank(lines bool) {
	for p.rest != "" {
		switch c := p.rest[0]; {
		case c == ' ' || c == '\t':
		case lines && (c == '\n' || c == '\r' || c == ';'):
		case lines && c == '#':
			end := strings.IndexByte(p.rest, '\n')
			if end < 0 {
				end = len(p.rest)
			}
			p.rest = p.rest[end:]
			continue
		default:
			return
		}
		p.skip(1)
	}
}

func (p *confParser) skip(n int) {
	p.line += strings.Count(p.rest[:n], "\n")
	p.rest = p.rest[n:]
}

// accept skips s if it comes next.
func (p *confParser) accept(s string) bool {
	if !strings.HasPrefix(p.rest, s) {
		return false
	}
	p.skip(len(s))
	return true
}

// run skips what consists of some bytes and returns it.
func (p *confParser) run(of func(byte) bool) string {
	n := 0
	for n < len(p.rest) && of(p.rest[n]) {
		n++
	}
	s := p.rest[:n]
	p.skip(n)
	return s
}

func letter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
func digit(c byte) bool  { return c >= '0' && c <= '9' }

func (p *confParser) statement() (name string, v Value, err error) {
	if !letter(p.rest[0]) {
		return "", nil, fmt.Errorf("expecting a name")
	}
	name = p.run(func(c byte) bool { return letter(c) || digit(c) || c == '_' })
	p.blank(false)
	if !p.accept("=") {
		return "", nil, fmt.Errorf("expecting an assignment")
	}
	p.blank(false)
	if v, err = p.value(0); err != nil {
		return "", nil, err
	}
	p.blank(false)
	if p.rest != "" && !strings.ContainsRune("\n\r#;", rune(p.rest[0])) {
		return "", nil, fmt.Errorf("expecting a separator")
	}
	return name, v, nil
}

// value reads a value; depth counts the lists around it.
func (p *confParser) value(depth int) (Value, error) {
	switch {
	case p.accept(`"""`):
		end := strings.Index(p.rest, `"""`)
		if end < 0 {
			return nil, fmt.Errorf("unterminated string")
		}
		s := p.rest[:end]
		p.skip(end + 3)
		return s, nil
	case p.accept(`"`):
		return p.quoted('"')
	case p.accept(`'`):
		return p.quoted('\'')
	case p.accept("["):
		return p.list(depth + 1)
	}
	sign := ""
	if p.accept("-") {
		sign = "-"
	} else {
		p.accept("+")
	}
	number := p.run(digit)
	if number == "" {
		return nil, fmt.Errorf("expecting a value")
	}
	n, err := strconv.ParseInt(sign+number, 10, 64)
	if err != nil {
		return nil, fmt.Errorf("the number %s%s is too large", sign, number)
	}
	return n, nil
}

// quoted reads the rest of a string that ends with a quote on the same line.
func (p *confParser) quoted(quote byte) (Value, error) {
	s := p.run(func(c byte) bool { return c != quote && c != '\n' })
	if !p.accept(string(quote)) {
		return nil, fmt.Errorf("unterminated string")
	}
	return s, nil
}

// list reads the rest of a list, which may end with a comma.
func (p *confParser) list(depth int) (Value, error) {
	const most = 16
	if depth > most {
		return nil, fmt.Errorf("lists within lists, more than %d", most)
	}
	list := []Value{}
	for {
		p.blank(true)
		if p.accept("]") {
			return list, nil
		}
		v, err := p.value(depth)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
		p.blank(true)
		if !p.accept(",") && !strings.HasPrefix(p.rest, "]") {
			return nil, fmt.Errorf("expecting a separator in list")
		}
	}
}
