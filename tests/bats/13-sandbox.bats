# What a program may still do when it reads bytes of somebody else.  The tests
# of the sandbox itself run programs without sanitizers, which widen it.
load helper

@test "each misdeed is stopped, by the layer that should" {
	"$XB_PLAIN/test-confine"
}
