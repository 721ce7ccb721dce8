//go:build !unix

package share

import "errors"

// errQuota is an error that there is not here.
var errQuota = errors.New("there are no quotas")
