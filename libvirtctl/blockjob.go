package libvirtctl

import (
	"context"
	"fmt"
	"strings"

	"github.com/digitalocean/go-libvirt"
)

// A BlockJob is work that libvirt does on a disk of a running domain.
type BlockJob struct {
	Disk      string `json:"disk"` // target
	Kind      string `json:"kind"` // "pull", "copy", "commit", "active commit", "backup"
	Done      uint64 `json:"done"` // of Total, in bytes
	Total     uint64 `json:"total"`
	Bandwidth uint64 `json:"bandwidth"` // limit in bytes a second, 0: none
	Ready     bool   `json:"ready"`     // it waits for a pivot or an abort
}

// String says what the job does and how far it is.
func (j BlockJob) String() string {
	switch {
	case j.Ready:
		return j.Kind + ", ready to pivot"
	case j.Total == 0:
		return j.Kind + ", starting"
	}
	return fmt.Sprintf("%s, %d %%", j.Kind, int(float64(j.Done)/float64(j.Total)*100))
}

var blockJobKinds = [...]string{"unknown", "pull", "copy", "commit", "active commit", "backup"}

// BlockJobs returns the jobs of the domain's disks, or of one disk.
func (d *Domain) BlockJobs(ctx context.Context, disk string) ([]BlockJob, error) {
	op := "look for block jobs of " + d.Name
	c, err := d.Condition(ctx)
	if err != nil {
		return nil, err
	}
	if !c.State.Active() {
		return nil, nil // jobs are work of the running domain
	}
	devices, err := d.devices(ctx, AffectLive)
	if err != nil {
		return nil, err
	}
	if disk != "" {
		one, err := findDevice(devices, disk)
		if err != nil {
			return nil, &Refusal{Op: op, Why: err.Error()}
		}
		devices = []*Device{one}
	}
	var jobs []BlockJob
	for _, v := range devices {
		if v.Kind != "disk" || v.Target == "" {
			continue
		}
		job, err := d.blockJob(ctx, v)
		if err != nil {
			return nil, err
		}
		if job != nil {
			jobs = append(jobs, *job)
		}
	}
	return jobs, nil
}

// blockJob asks for the job of a disk of the running domain; nil: none.
func (d *Domain) blockJob(ctx context.Context, disk *Device) (*BlockJob, error) {
	job, err := ask(ctx, d.Host, "block job of "+disk.Target, func(l *libvirt.Libvirt) (*BlockJob, error) {
		found, kind, bandwidth, done, total, err := l.DomainGetBlockJobInfo(d.handle(), disk.Target, uint32(libvirt.DomainBlockJobInfoBandwidthBytes))
		if err != nil || found == 0 {
			return nil, err
		}
		j := &BlockJob{Disk: disk.Target, Kind: fmt.Sprintf("job %d", kind), Done: done, Total: total, Bandwidth: bandwidth}
		if kind >= 0 && int(kind) < len(blockJobKinds) {
			j.Kind = blockJobKinds[kind]
		}
		j.Ready = disk.node.child("mirror").attr("ready") == "yes"
		return j, nil
	})
	if IsCode(err, CodeNoSupport, CodeInvalidArg, CodeOperationUnsupported) {
		return nil, nil // drivers without jobs, drives without media
	}
	return job, err
}

// EndBlockJob ends the job of a disk and returns when it has ended. With pivot
// a copy or active commit that is ready goes over to what it has made; without,
// what it has made is left alone.
func (d *Domain) EndBlockJob(ctx context.Context, disk string, pivot bool) error {
	op := "abort the block job of " + disk
	var flags libvirt.DomainBlockJobAbortFlags
	if pivot {
		op, flags = "pivot the block job of "+disk, libvirt.DomainBlockJobAbortPivot
	}
	jobs, err := d.BlockJobs(ctx, disk)
	if err != nil {
		return err
	}
	switch {
	case len(jobs) == 0:
		return &Refusal{Op: op, Why: "there is no block job on it"}
	case pivot && jobs[0].Kind != "copy" && jobs[0].Kind != "active commit":
		return &Refusal{Op: op, Why: "a " + jobs[0].Kind + " ends by itself, and has nothing to go over to", Instead: "Wait for it with --watch, or give it up with --abort."}
	case pivot && !jobs[0].Ready:
		return &Refusal{Op: op, Why: "it is not ready: " + jobs[0].String(), Instead: "Wait until it is, with --watch."}
	}
	ctx, cancel := patient(ctx)
	defer cancel()
	return d.Host.call(ctx, op, func(l *libvirt.Libvirt) error { return l.DomainBlockJobAbort(d.handle(), disk, flags) })
}

// refuseWithJobs refuses what cannot be done while disks have jobs.
func (d *Domain) refuseWithJobs(ctx context.Context, action string) error {
	jobs, err := d.BlockJobs(ctx, "")
	if err != nil || len(jobs) == 0 {
		return nil // libvirt may judge
	}
	var s []string
	for _, j := range jobs {
		s = append(s, j.Disk+" ("+j.String()+")")
	}
	return &Refusal{Op: action + " " + d.Name, Why: "there are block jobs: " + strings.Join(s, "; "),
		Instead: "Wait for their end with blockjob --watch, or end them with blockjob --abort or --pivot."}
}
