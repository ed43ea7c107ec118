/*
 * plan/impl: what the files of the room share.
 */
#ifndef XB_PLAN_IMPL_H
#define XB_PLAN_IMPL_H

#include "schema/schema.h"

/* How messages speak of a plan (decode.c). */
extern const struct schema_words plan_words;

#endif
