package main

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"saffron/cmd/saffron/usbhost"
)

// A usbReport is a line of saffron usb.
type usbReport struct {
	Port    string `json:"port"`
	Vendor  uint16 `json:"vendor"`
	Product uint16 `json:"product"`
	Version uint16 `json:"version"` // in BCD
	Class   string `json:"class"`
	Classes []int  `json:"classes"` // of the interfaces
	Name    string `json:"name,omitempty"`
	Command string `json:"command"` // for hotkeys
	Denied  bool   `json:"denied"`  // this user may not open it
	Input   bool   `json:"input"`   // it is a keyboard or a mouse
	Rule    string `json:"udev,omitempty"`
}

func newUSBList(a *app) *cobra.Command {
	asJSON := false
	c := &cobra.Command{
		Use:   "usb",
		Short: "List the USB devices of this computer that guests can be given",
		Long: `Usb lists the USB devices of this computer, without hubs: where each is plugged
in, its vendor and product, and what it is. Windows plug them into guests by their
menu, by hotkeys, or by themselves: see --usbredir-redirect-on-connect and
--usbredir-auto-redirect-filter of saffron open.`,
		Example: `  saffron usb
  saffron usb --json`,
		Args: exactly(0, "no arguments"),
		RunE: func(*cobra.Command, []string) error { return a.listUSB(asJSON) },
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON, with numbers of classes and udev rules")
	return c
}

func (a *app) listUSB(asJSON bool) error {
	reports, err := usbReports()
	if err != nil {
		return err
	}
	if asJSON {
		e := json.NewEncoder(a.out)
		e.SetIndent("", "  ")
		return e.Encode(reports)
	}
	if len(reports) == 0 {
		fmt.Fprintln(a.out, "There are no USB devices but hubs.")
		return nil
	}
	t := newTable(a.out, "PORT", "DEVICE", "KIND", "NAME", "NOTE")
	for _, r := range reports {
		note := ""
		switch {
		case r.Denied:
			note = "no permission: udev rule " + r.Rule
		case r.Input:
			note = "keyboard or mouse: left alone"
		}
		t.add(r.Port, fmt.Sprintf("%04x:%04x", r.Vendor, r.Product), r.Class, r.Name, note)
	}
	return t.flush()
}

// usbReports describes the devices that there are.
func usbReports() ([]usbReport, error) {
	host, err := usbhost.Open()
	if err != nil {
		return nil, err
	}
	defer host.Close()
	list, err := host.List()
	if err != nil {
		return nil, err
	}
	reports := []usbReport{}
	names := &usbComputer{}
	for _, i := range list {
		r := usbReport{Port: i.Port, Vendor: i.Vendor, Product: i.Product, Version: i.Version, Class: usbClass(i.Description),
			Classes: []int{}, Name: i.Name, Command: names.commandFor(i), Denied: i.Denied, Input: isInput(i.Description)}
		names.found = append(names.found, &usbDevice{command: r.Command})
		for _, k := range i.Interfaces {
			r.Classes = append(r.Classes, int(k.Class))
		}
		if i.Denied {
			r.Rule = udevRule(i)
		}
		reports = append(reports, r)
	}
	return reports, nil
}
