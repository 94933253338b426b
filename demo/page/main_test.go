package page

import (
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"testing"
)

// serve plays the page against the playroom instead of testing it, for
// whoever works on how it looks and for the browser's test:
//
//	go test ./demo/page -args -serve 127.0.0.1:8790
var serve = flag.String("serve", "", "serve the playroom at this address instead of testing")

func TestMain(m *testing.M) {
	flag.Parse()
	if *serve == "" {
		os.Exit(m.Run())
	}
	on, err := net.Listen("tcp", *serve)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Printf("http://%s\n", on.Addr())
	fmt.Fprintln(os.Stderr, http.Serve(on, Handler(newPlayroom(), Options{})))
	os.Exit(1)
}
