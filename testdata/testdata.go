// Package testdata embeds the data that tests of several packages share.
// README.md in this folder says where each part came from.
package testdata

import "embed"

// FS holds images/ and sessions/, each with its manifest.json.
//
//go:embed images sessions
var FS embed.FS
