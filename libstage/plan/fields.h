/*
 * plan/fields: every key of a plan, as rows of the schema.
 *
 * The rows drive the reading and writing of the binary form and of JSON, what
 * xb-diff compares, and the test that xb-plan(5) describes each key.
 */
#ifndef XB_PLAN_FIELDS_H
#define XB_PLAN_FIELDS_H

#include "plan/plan.h"
#include "schema/schema.h"

/* The sections, as fields of struct plan, by enum plan_section. */
extern const struct schema_field plan_sections[PLAN_SECTIONS];

/* All sections as one form: the plan's map without its keys xb-plan and
 * seal. */
extern const struct schema_form plan_form;

/* How messages speak of a plan (decode.c). */
extern const struct schema_words plan_words;

#endif
