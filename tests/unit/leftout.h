/* leftout: in the place of tests of what the build does not have. */
#ifndef XB_LEFTOUT_H
#define XB_LEFTOUT_H

/* Runs one test, which is skipped; what main() returns. */
int	leftout_run(void);

#endif
