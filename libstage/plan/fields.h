/*
 * fields: every key of a plan, as rows of the schema.
 *
 * They drive the binary form and the JSON form, in both directions, what
 * xb-diff compares, and the test that xb-plan(5) describes each key.
 */
#ifndef XB_PLAN_FIELDS_H
#define XB_PLAN_FIELDS_H

#include "plan/plan.h"
#include "schema/schema.h"

/* The sections, as fields of struct plan, by enum plan_section. */
extern const struct schema_field plan_sections[PLAN_SECTIONS];

/* All sections as one form: the plan's own map but for xb-plan and seal. */
extern const struct schema_form plan_form;

#endif
