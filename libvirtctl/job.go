package libvirtctl

import (
	"context"
	"time"

	"github.com/digitalocean/go-libvirt"
)

// A Job is what libvirt does with a whole domain at the moment: saving,
// snapshotting with memory, migrating.
type Job struct {
	Active  bool          `json:"-"`
	Elapsed time.Duration `json:"elapsed"` // nanoseconds
	Done    uint64        `json:"done"`    // of Total, in bytes
	Total   uint64        `json:"total"`   // 0: not known
}

// Job asks what libvirt does with the domain. It can be asked while another
// call, which does it, has not returned.
func (d *Domain) Job(ctx context.Context) (Job, error) {
	return ask(ctx, d.Host, "job of "+d.Name, func(l *libvirt.Libvirt) (Job, error) {
		kind, elapsed, _, total, done, _, _, _, _, _, _, _, err := l.DomainGetJobInfo(d.handle())
		return Job{Active: kind == 1 || kind == 2, Elapsed: time.Duration(elapsed) * time.Millisecond, Done: done, Total: total}, err
	})
}

// jobPoll is how often a job is asked about.
const jobPoll = 200 * time.Millisecond

// withJob runs do, which takes long and is not bounded by the time for a call,
// and calls progress, if it is not nil, with how far it is. It returns when do
// has, and progress is not called after.
func (d *Domain) withJob(ctx context.Context, progress func(done, total uint64), do func(context.Context) error) error {
	ctx, cancel := patient(ctx)
	defer cancel()
	if progress == nil {
		return do(ctx)
	}
	watching, stop := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		d.pollJob(watching, progress)
	}()
	err := do(ctx)
	stop()
	<-ended
	return err
}

func (d *Domain) pollJob(ctx context.Context, progress func(done, total uint64)) {
	tick := time.NewTicker(jobPoll)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if job, err := d.Job(ctx); err == nil && job.Active {
			progress(job.Done, job.Total)
		}
	}
}

// patient returns a context for calls that may take as long as they need. It
// ends with ctx.
func patient(ctx context.Context) (context.Context, context.CancelFunc) {
	if _, bounded := ctx.Deadline(); bounded {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, 30*24*time.Hour)
}
