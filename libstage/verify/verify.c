#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "verify/impl.h"
#include "verify/verify.h"

enum { PV = GUEST_BIT(GUEST_PV), PVH = GUEST_BIT(GUEST_PVH), ALL = PV | PVH };

static const struct check {
	const char *name;
	enum plan_section done;		/* the section that says that it was
					 * built */
	unsigned guests;		/* GUEST_BIT of those that have it */
	verify_check *run;
	bool by_payload;		/* it holds the domain against the
					 * plan's payloads */
} checks[] = {
	{ "domain",		PLAN_MEMORY,	ALL, verify_identity, false },
	{ "machine frames",	PLAN_MEMORY,	PV, verify_frames, false },
	{ "memory map",		PLAN_MEMORY,	PVH, verify_memory_map, false },
	{ "payload bytes",	PLAN_MEMORY,	ALL, verify_payload, true },
	{ "cleared memory",	PLAN_MEMORY,	ALL, verify_cleared, true },
	{ "page tables",	PLAN_PAGETABLES, PV, verify_tables, false },
	{ "frame types",	PLAN_PAGETABLES, PV, verify_types, false },
	{ "p2m list",		PLAN_PAGETABLES, PV, verify_p2m, false },
	{ "m2p",		PLAN_MEMORY,	PV, verify_m2p, false },
	{ "identity table",	PLAN_IDENTITY,	PVH, verify_identity_table,
	    false },
	{ "start_info",		PLAN_STARTINFO,	PV, verify_start_info, false },
	{ "start_info",		PLAN_STARTINFO,	PVH, verify_hvm_start_info,
	    false },
	{ "ACPI tables",	PLAN_STARTINFO,	PVH, verify_acpi, false },
	{ "HVM parameters",	PLAN_STARTINFO,	PVH, verify_params, false },
	{ "rings",		PLAN_STARTINFO,	ALL, verify_rings, false },
	{ "shared_info",	PLAN_STARTINFO,	PV, verify_shared_info, false },
	{ "hypercall page",	PLAN_STARTINFO,	PV, verify_hypercall, false },
	{ "event channels",	PLAN_STARTINFO,	ALL, verify_ports, false },
	{ "grants",		PLAN_STARTINFO,	ALL, verify_grants, false },
	{ "registers",		PLAN_VCPUS,	ALL, verify_registers, false },
	{ "other vcpus",	PLAN_VCPUS,	ALL, verify_other_vcpus,
	    false },
	{ "state",		PLAN_MEMORY,	ALL, verify_state, false },
};

enum { CHECKS = sizeof(checks) / sizeof(checks[0]) };

/* Adds to the line how many more differences there are. */
static void
count_others(struct verify *v)
{
	size_t used = strlen(v->detail);

	if (v->differences > 1)
		snprintf(v->detail + used, sizeof(v->detail) - used,
		    "; %" PRIu64 " more", v->differences - 1);
}

/*
 * A refusal of the input (a payload that is not the one that was parsed) is
 * the check's difference.  So is a refusal of the target once something else
 * has differed: frames that are not the domain's cannot be read, and the
 * reason has been shown.
 */
static int
absorb(struct verify *v, const struct fail *own, uint64_t differing,
    struct fail *f)
{
	if (own->kind == FAIL_INPUT ||
	    (own->kind == FAIL_TARGET && differing > 0))
		return verify_differs(v, "%s", own->message);
	return fail_pass(f, own);
}

static int
run_check(struct verify *v, const struct check *c, uint64_t differing,
    struct fail *f)
{
	struct fail own = { .say = f->say, .say_arg = f->say_arg };
	int rc;

	v->differences = 0;
	v->skipped = false;
	v->detail[0] = '\0';
	if (!plan_has(v->plan, c->done))
		return verify_skip(v, "not done yet: %s does it",
		    plan_section_stage(c->done));
	if (c->by_payload && v->plan->image.n_payloads == 0)
		return verify_skip(v, "not known: no domain tells by itself "
		    "what was loaded into it");
	progress_begin(&v->progress, "verifying", v->plan->memory.target.data,
	    0);
	rc = c->run(v, &own);
	progress_erase();
	if (rc < 0 && absorb(v, &own, differing, f) < 0)
		return -1;
	count_others(v);
	return 0;
}

static enum verify_result
result_of(const struct verify *v)
{
	if (v->differences > 0)
		return VERIFY_DIFFERS;
	return v->skipped ? VERIFY_SKIPPED : VERIFY_OK;
}

/* A guest that runs changes what would be compared; on paper none does. */
static int
refuse_running(const struct verify *v, struct fail *f)
{
	if (!v->info.has_run || !v->target->ops->runs)
		return 0;
	return fail(f, FAIL_TARGET, "'%s' has run: its memory is its own and "
	    "cannot be held against the plan; verify before xb-launch, or "
	    "after 'xb-launch -p'", v->plan->memory.target.data);
}

int
verify_domain(struct plan *p, struct target *t,
    void (*line)(void *, enum verify_result, const char *, const char *),
    void *arg, struct fail *f)
{
	struct verify v = { .plan = p, .target = t, .abi = p->image.abi };
	uint64_t differing = 0, made = 0;

	if (t->ops->info(t, &v.info, f) < 0 || refuse_running(&v, f) < 0)
		return -1;
	for (size_t i = 0; i < CHECKS; i++) {
		if (!(checks[i].guests & GUEST_BIT(v.abi->guest)))
			continue;
		if (run_check(&v, &checks[i], differing, f) < 0)
			return -1;
		line(arg, result_of(&v), checks[i].name, v.detail);
		differing += v.differences > 0;
		made++;
	}
	if (differing > 0)
		return fail(f, FAIL_INPUT, "'%s' is not what its plan says: "
		    "%" PRIu64 " of %" PRIu64 " checks differ",
		    p->memory.target.data, differing, made);
	return 0;
}
