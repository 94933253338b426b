// Command hallpass is just-in-time access in chat. See README.md.
package main

func main() {}
