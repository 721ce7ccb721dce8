package display

import "testing"

// TestPixelClass checks that a class holds what it is asked for, not much more,
// and that its own size is of the same class.
func TestPixelClass(t *testing.T) {
	last := 0
	for n := 1; n < 1<<26; n += 1 + n/97 {
		class, size := pixelClass(n)
		if size < n || n > 1<<smallestPixels && size > n+n/4+1 {
			t.Fatalf("%d bytes are given %d", n, size)
		}
		if again, same := pixelClass(size); again != class || same != size {
			t.Fatalf("%d bytes are of class %d with %d, which is of class %d with %d", n, class, size, again, same)
		}
		if class < last || class > last+1 {
			t.Fatalf("class %d follows %d", class, last)
		}
		last = class
	}
}
