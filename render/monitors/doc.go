// Package monitors decides which monitors a guest is asked for: how many, how
// large and where. It is pure: it is told what happens and what time it is, and
// does nothing by itself.
//
// A [Planner] is told the sizes of the windows and of the guest's monitors and
// answers with the arrangement that is to be sent, when that is due. Sizes are
// device pixels throughout.
package monitors
