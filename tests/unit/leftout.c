#include "unit.h"

#include "leftout.h"

static void
test_left_out(void **state)
{
	(void)state;
	skip();
}

int
leftout_run(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_left_out) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
