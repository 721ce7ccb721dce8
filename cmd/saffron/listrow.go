package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"saffron/libvirtctl"
	"saffron/libvirtctl/fleet"
)

// A listRow is a domain of a list. Its JSON form is part of the interface:
// fields may be added.
type listRow struct {
	Host     string          `json:"host"`
	Domain   string          `json:"domain"`
	UUID     string          `json:"uuid"`
	ID       int             `json:"id"` // -1: not running
	State    string          `json:"state"`
	Graphics []listedConsole `json:"graphics"`
	Heads    int             `json:"heads"`
	Agent    string          `json:"agent"` // of SPICE: connected, disconnected, unknown, none
	Error    string          `json:"error,omitempty"`
	chosen   int             // of Graphics: what the table shows
}

type listedConsole struct {
	Type    string `json:"type"`
	Address string `json:"address,omitempty"`
	Port    int    `json:"port,omitempty"`
	TLSPort int    `json:"tls_port,omitempty"`
	Socket  string `json:"socket,omitempty"`
}

// rowsOf returns rows sorted by running before not, and by name.
func rowsOf(host fleet.Host, entries []libvirtctl.Entry) []listRow {
	entries = slices.Clone(entries)
	slices.SortFunc(entries, func(a, b libvirtctl.Entry) int {
		if a.State.Active() != b.State.Active() {
			if a.State.Active() {
				return -1
			}
			return 1
		}
		return cmp.Compare(a.Name, b.Name)
	})
	rows := make([]listRow, len(entries))
	for i, e := range entries {
		rows[i] = rowOf(host, e)
	}
	return rows
}

func rowOf(host fleet.Host, e libvirtctl.Entry) listRow {
	r := listRow{Host: host.Name, Domain: e.Name, UUID: e.UUID.String(), ID: e.ID, State: e.State.String(), Graphics: []listedConsole{}}
	if e.Err != nil {
		_, r.Error, _ = explain(e.Err)
		return r
	}
	r.Heads, r.Agent = e.Summary.Heads, e.Summary.Agent
	for i, c := range e.Summary.Consoles {
		r.Graphics = append(r.Graphics, listedConsole{c.Type, c.Address, c.Port, c.TLSPort, c.Socket})
		if c.Type == "spice" && r.Graphics[r.chosen].Type != "spice" {
			r.chosen = i
		}
	}
	return r
}

// listColumns are the titles of columns.
var listColumns = []string{"HOST", "DOMAIN", "ID", "STATE", "TYPE", "ADDRESS", "PORT", "TLS PORT", "HEADS", "AGENT"}

func (r *listRow) columns() []string {
	id := "-"
	if r.ID >= 0 {
		id = strconv.Itoa(r.ID)
	}
	first := []string{r.Host, r.Domain, id, r.State}
	if r.Error != "" {
		return append(first, "("+r.Error+")")
	}
	var c listedConsole
	if len(r.Graphics) > 0 {
		c = r.Graphics[r.chosen]
	}
	return append(first, c.Type, cmp.Or(c.Address, c.Socket), number(c.Port), number(c.TLSPort), number(r.Heads), r.Agent)
}

func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// A table prints rows in aligned columns, some at a time. Columns only become
// wider. The last cell of a row may be longer than its column.
type table struct {
	out    io.Writer
	widths []int
	rows   [][]string
}

func newTable(out io.Writer, titles ...string) *table {
	t := &table{out: out, widths: make([]int, len(titles))}
	t.add(titles...)
	return t
}

// add adds a row; what is empty is shown as a dash.
func (t *table) add(cells ...string) {
	for i, cell := range cells {
		cells[i] = cmp.Or(oneLine(cell), "-")
		if i < len(cells)-1 || len(cells) == len(t.widths) {
			t.widths[i] = max(t.widths[i], utf8.RuneCountInString(cells[i]))
		}
	}
	t.rows = append(t.rows, cells)
}

// flush prints the rows.
func (t *table) flush() error {
	var b strings.Builder
	for _, cells := range t.rows {
		line := ""
		for i, cell := range cells {
			line += fmt.Sprintf("%-*s  ", t.widths[i], cell)
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	t.rows = nil
	_, err := io.WriteString(t.out, b.String())
	return err
}
