package snapshot_test

import (
	"testing"

	"saffron/libvirtctl/snapshot"
	"saffron/libvirtctl/snapshot/matrix"
)

// TestMatrix checks the verdict for every row of the table.
func TestMatrix(t *testing.T) {
	for _, row := range matrix.Rows() {
		t.Run(row.Domain+"/"+row.Ask, func(t *testing.T) {
			plan, refusal := snapshot.Make(&row.Request, &row.Facts)
			switch {
			case refusal == nil:
				if row.Code != 0 || row.Result == "" {
					t.Errorf("taken, want error %d; the plan is\n%s%v", row.Code, plan.XML, plan.Flags)
				}
			case refusal.Code != row.Code || row.Result != "":
				t.Errorf("refused with %d (%s), want %d %s", refusal.Code, refusal.Reason, row.Code, row.Result)
			case refusal.Reason == "" || refusal.Instead == "":
				t.Errorf("%+v does not explain itself", refusal)
			}
		})
	}
}
