package clipboard_test

import (
	"context"
	"fmt"
	"os"

	"saffron/render/clipboard"
)

// Print the text that the next program holds, and offer one in return.
func Example() {
	held := make(chan []clipboard.Format, 1)
	b, err := clipboard.Open(&clipboard.Options{Changed: func(sel clipboard.Selection, formats []clipboard.Format) {
		if sel == clipboard.Clipboard && len(formats) > 0 {
			held <- formats
		}
	}})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	defer b.Close()
	fmt.Println("it has", <-held)
	text, err := b.Read(context.Background(), clipboard.Clipboard, clipboard.Text)
	fmt.Printf("%s %v\n", text, err)
	err = b.Offer(clipboard.Clipboard, []clipboard.Format{clipboard.Text}, func(context.Context, clipboard.Format) ([]byte, error) {
		return []byte("asked for"), nil
	})
	fmt.Println(err)
}
