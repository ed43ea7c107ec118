/*
 * registers PROCESSES ROUNDS: do the vector registers of a process stay its
 * own?  Each process fills them with bytes of its own, lets others run and
 * compares; now and then it starts a program, which lives on registers that
 * the kernel has just given out.  One line says how it went.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define REGISTER_BYTES (16 * 16)
#define ROUNDS_PER_PROGRAM 20

struct tally {
	unsigned long rounds, changed, programs, died;
};

/* Long enough that some rounds are cut by the hypervisor's timer. */
#define SPIN "20000"

/*
 * Registers are set, a loop and a sched_yield pass, and registers are stored,
 * with nothing of the compiler's between them.
 */
static void
hold(const unsigned char *want, unsigned char *got)
{
	unsigned long nr = 24;

	__asm__ volatile(
#define LOAD(n) "movdqu 16*" #n "(%[want]), %%xmm" #n "\n\t"
#define STORE(n) "movdqu %%xmm" #n ", 16*" #n "(%[got])\n\t"
	    LOAD(0) LOAD(1) LOAD(2) LOAD(3) LOAD(4) LOAD(5) LOAD(6) LOAD(7)
	    LOAD(8) LOAD(9) LOAD(10) LOAD(11) LOAD(12) LOAD(13) LOAD(14)
	    LOAD(15)
	    "mov $" SPIN ", %%ecx\n\t"
	    "1: dec %%ecx\n\t"
	    "jnz 1b\n\t"
	    "syscall\n\t"
	    STORE(0) STORE(1) STORE(2) STORE(3) STORE(4) STORE(5) STORE(6)
	    STORE(7) STORE(8) STORE(9) STORE(10) STORE(11) STORE(12) STORE(13)
	    STORE(14) STORE(15)
	    : "+a"(nr)
	    : [want] "r"(want), [got] "r"(got)
	    : "rcx", "r11", "memory", "cc", "xmm0", "xmm1", "xmm2", "xmm3",
	      "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11",
	      "xmm12", "xmm13", "xmm14", "xmm15");
}

/* A program starts and ends; false: a signal ended it. */
static int
program_lives(void)
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		execl("/proc/self/exe", "registers", (char *)NULL);
		_exit(1);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status);
}

static void
process(struct tally *t, unsigned id, unsigned long rounds)
{
	unsigned char want[REGISTER_BYTES], got[REGISTER_BYTES];

	for (; t->rounds < rounds; t->rounds++) {
		for (size_t i = 0; i < sizeof(want); i++)
			want[i] = id * 31 + t->rounds * 7 + i;
		hold(want, got);
		t->changed += memcmp(want, got, sizeof(want)) != 0;
		if (t->rounds % ROUNDS_PER_PROGRAM == 0) {
			t->programs++;
			t->died += !program_lives();
		}
	}
	_exit(0);
}

int
main(int argc, char **argv)
{
	unsigned processes = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
	unsigned long rounds = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
	struct tally sum = { 0 };
	struct tally *t;

	/* Started by program_lives: its start is what is tested. */
	if (processes == 0)
		return 0;
	t = mmap(NULL, processes * sizeof(*t), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (t == MAP_FAILED)
		return 1;
	for (unsigned i = 0; i < processes; i++)
		if (fork() == 0)
			process(&t[i], i + 1, rounds);
	for (int status; wait(&status) > 0; sum.died += !WIFEXITED(status))
		continue;
	for (unsigned i = 0; i < processes; i++) {
		sum.rounds += t[i].rounds;
		sum.changed += t[i].changed;
		sum.programs += t[i].programs + 1;
		sum.died += t[i].died;
	}
	printf("registers: rounds %lu changed %lu programs %lu died %lu\n",
	    sum.rounds, sum.changed, sum.programs, sum.died);
	return 0;
}
