# A stage is added by what CONTRIBUTING.md says, and runs everywhere.
load helper

@test "a stage is added in six files and takes part in everything" {
	"$root/tests/stage-experiment" "$PWD/experiment"
}
