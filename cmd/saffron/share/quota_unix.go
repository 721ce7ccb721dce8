//go:build unix

package share

import "syscall"

// errQuota is the error of those who have used up what they may.
const errQuota = syscall.EDQUOT
