/*
 * believed: for tests of what follows from a file's identity.
 *
 * On tmpfs, overlayfs and others a write may leave the times of a file as they
 * were, so no identity is believed there (base/identity.h).
 */
#ifndef XB_BELIEVED_H
#define XB_BELIEVED_H

/* Skips the test that calls it, where a file in that folder, made and removed
 * by the call, is not believed.  The test must own nothing yet. */
void	only_where_believed(const char *folder);

#endif
