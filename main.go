// Command hallpass is just-in-time access in chat. See README.md.
package main

import (
	"os"

	"hallpass/cli"
)

func main() { os.Exit(cli.Main(os.Args[1:])) }
