package usbhost

import (
	"os"
	"path/filepath"
	"strings"
)

// mounts is where the kernel tells what is mounted.
const mounts = "/proc/self/mountinfo"

// mounted returns where a file system is mounted that is on a device, "" if none
// is. devices and table are systemDevices and mounts.
func mounted(devices, table, port string) string {
	numbers, names := disksOf(filepath.Join(devices, port, port+":*", "host*", "target*", "*", "block", "*"))
	if len(numbers) == 0 {
		return ""
	}
	text, err := os.ReadFile(table)
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(text)) {
		place, what, _ := strings.Cut(line, " - ")
		fields, source := strings.Fields(place), strings.Fields(what)
		if len(fields) < 5 || len(source) < 2 {
			continue
		}
		if numbers[fields[2]] || names[source[1]] {
			return strings.ReplaceAll(fields[4], `\040`, " ")
		}
	}
	return ""
}

// disksOf returns the numbers and names of disks, of what they are divided into,
// and of what is made of those: encrypted ones, volumes.
func disksOf(disk string) (numbers, names map[string]bool) {
	numbers, names = map[string]bool{}, map[string]bool{}
	const above = "/holders/*"
	for _, part := range []string{"", "/*"} {
		for _, holder := range []string{"", above, above + above, above + above + above} {
			found, _ := filepath.Glob(disk + part + holder + "/dev") // the pattern is ours
			for _, file := range found {
				if number, err := os.ReadFile(file); err == nil {
					numbers[strings.TrimSpace(string(number))] = true
					names["/dev/"+filepath.Base(filepath.Dir(file))] = true
				}
			}
		}
	}
	return numbers, names
}

// inUse returns where something is mounted that is on a device, or "".
func inUse(port string) string { return mounted(systemDevices, mounts, port) }
