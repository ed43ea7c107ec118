/* leftout: in the place of tests of what the build does not have. */
#ifndef XB_LEFTOUT_H
#define XB_LEFTOUT_H

/* Skips one test, and returns what main() is to return. */
int	leftout_run(void);

#endif
