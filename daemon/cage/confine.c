/* SPDX-License-Identifier: Apache-2.0 */
#include "cage/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/num.h"

/* Sanitizers reserve memory by terabytes, and report through files. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#define ARCHITECTURE 0		/* unknown: no filter, and said so */
#endif

enum { ANY = -1, REFUSED = -2, ALLOWED_MAX = 48, FORBIDDEN_MAX = 2, STACK_BYTES = 8 << 20, CPU_GRACE_S = 1 };

/*
 * A system call that goes through; with `arg`, only if that argument, masked, has
 * the value, or that of another one in the list.  REFUSED: it fails, which libraries live with that look for a file.
 */
struct allowed {
	int number, arg;
	uint32_t mask, value;
};

/* One that does not go through when that argument has any of the bits; asked before the others. */
struct forbidden {
	int number, arg;
	uint32_t bits;
};

/* What this process takes of its address space, in bytes; 0: nobody says. */
static rlim_t
space_taken(void)
{
	char text[64];
	int64_t pages;
	int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd != -1 ? read(fd, text, sizeof text) : -1;
	const char *end = n > 0 ? memchr(text, ' ', (size_t)n) : NULL;
	if (fd != -1)
		(void)close(fd);
	if (end == NULL || num_int(text, (size_t)(end - text), 1, INT64_MAX / sysconf(_SC_PAGESIZE), &pages) != 0)
		return 0;
	return (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE);
}

/* A stack that was made longer, and what is only read, are no data: the address space is limited too. */
static unsigned
set_limits(unsigned cpu_s, rlim_t taken)
{
	const rlim_t data = SANITIZED ? RLIM_INFINITY : CONFINE_MEMORY_BYTES;
	const rlim_t space = SANITIZED || taken == 0 ? RLIM_INFINITY : taken + CONFINE_MEMORY_BYTES + STACK_BYTES;
	const struct { int what; rlim_t soft, hard; } limits[] = {
		{ RLIMIT_DATA, data, data }, { RLIMIT_AS, space, space }, { RLIMIT_STACK, STACK_BYTES, STACK_BYTES },
		{ RLIMIT_CPU, cpu_s, cpu_s + CPU_GRACE_S },	/* SIGXCPU, which says so; SIGKILL does not */
		{ RLIMIT_CORE, 0, 0 }, { RLIMIT_FSIZE, 0, 0 }, { RLIMIT_NOFILE, 0, 0 }, { RLIMIT_NPROC, 0, 0 },
		{ RLIMIT_MEMLOCK, 0, 0 }, { RLIMIT_MSGQUEUE, 0, 0 },
	};
	unsigned lack = SANITIZED || taken != 0 ? 0 : LACK_LIMITS;
	for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
		const struct rlimit limit = { limits[i].soft, limits[i].hard };
		if (limit.rlim_cur != RLIM_INFINITY && setrlimit((__rlimit_resource_t)limits[i].what, &limit) != 0)
			lack = LACK_LIMITS;
	}
	return lack;
}

/* All that the kernel's Landlock can refuse in a file system is refused. */
static unsigned
leave_files(void)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	if (abi < 1)
		return LACK_LANDLOCK;
	const struct landlock_ruleset_attr rules = {
		.handled_access_fs = abi >= 3 ? (1u << 15) - 1 : abi == 2 ? (1u << 14) - 1 : (1u << 13) - 1,
	};
	int fd = (int)syscall(SYS_landlock_create_ruleset, &rules, sizeof rules.handled_access_fs, 0);
	long rc = fd != -1 ? syscall(SYS_landlock_restrict_self, fd, 0) : -1;
	if (fd != -1)
		(void)close(fd);
	return rc == 0 ? 0 : LACK_LANDLOCK;
}

static uint32_t
low_half_of(int arg)
{
	return (uint32_t)(offsetof(struct seccomp_data, args) + (size_t)arg * sizeof(uint64_t));
}

static size_t
allow(struct sock_filter *f, const struct allowed *a)
{
	const uint32_t go = a->arg == REFUSED ? SECCOMP_RET_ERRNO | EACCES : SECCOMP_RET_ALLOW;
	if (a->arg < 0) {
		const struct sock_filter code[] = {
			BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)a->number, 0, 1), BPF_STMT(BPF_RET | BPF_K, go),
		};
		memcpy(f, code, sizeof code);
		return sizeof code / sizeof *code;
	}
	const struct sock_filter code[] = {
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)a->number, 0, 5),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, low_half_of(a->arg)),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, a->mask),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, a->value, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, go),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),	/* another may be for it */
	};
	memcpy(f, code, sizeof code);
	return sizeof code / sizeof *code;
}

static size_t
forbid(struct sock_filter *f, const struct forbidden *b)
{
	const struct sock_filter code[] = {
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)b->number, 0, 4),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, low_half_of(b->arg)),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, b->bits, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	};
	memcpy(f, code, sizeof code);
	return sizeof code / sizeof *code;
}

/* Its memory is read and written, and never code. */
static size_t
forbid_code(struct sock_filter *f)
{
	const uint32_t not_data = ~(uint32_t)(PROT_READ | PROT_WRITE);
	const struct forbidden list[] = { { SYS_mmap, 2, not_data }, { SYS_mprotect, 2, not_data } };
	size_t n = 0;
	_Static_assert(sizeof list / sizeof *list <= FORBIDDEN_MAX, "the program has room for the list");
	for (size_t i = 0; !SANITIZED && i < sizeof list / sizeof *list; i++)
		n += forbid(f + n, &list[i]);
	return n;
}

static size_t
allow_calls(struct sock_filter *f, int fd)
{
	const uint32_t all = UINT32_MAX, self = (uint32_t)getpid();
	const struct allowed list[] = {
		{ SYS_read, 0, all, (uint32_t)fd }, { SYS_write, SANITIZED ? ANY : 0, all, (uint32_t)fd },
		{ SYS_write, 0, all, STDERR_FILENO },	/* of nobody, by whoever says why it gives up */
		/* Of its own, and no other sort: one that grows downwards is not counted as its data. */
		{ SYS_mmap, SANITIZED ? ANY : 3, all, MAP_PRIVATE | MAP_ANONYMOUS }, { SYS_mprotect, ANY, 0, 0 },
		{ SYS_munmap, ANY, 0, 0 }, { SYS_mremap, ANY, 0, 0 }, { SYS_brk, ANY, 0, 0 }, { SYS_madvise, ANY, 0, 0 },
		{ SYS_clock_gettime, ANY, 0, 0 }, { SYS_getrandom, ANY, 0, 0 }, { SYS_futex, ANY, 0, 0 },
		{ SYS_rt_sigprocmask, ANY, 0, 0 }, { SYS_rt_sigreturn, ANY, 0, 0 }, { SYS_restart_syscall, ANY, 0, 0 },
		{ SYS_sysinfo, ANY, 0, 0 },	/* qsort() */
		{ SYS_gettid, ANY, 0, 0 }, { SYS_getpid, ANY, 0, 0 }, { SYS_tgkill, 0, all, self },	/* abort() */
		{ SYS_exit_group, ANY, 0, 0 }, { SYS_exit, ANY, 0, 0 }, { SYS_openat, REFUSED, 0, 0 }, { SYS_newfstatat, REFUSED, 0, 0 },
#if SANITIZED
		{ SYS_sigaltstack, ANY, 0, 0 }, { SYS_sched_yield, ANY, 0, 0 }, { SYS_rt_sigaction, ANY, 0, 0 },
		{ SYS_readlink, ANY, 0, 0 }, { SYS_prctl, ANY, 0, 0 },
#endif
	};
	size_t n = 0;
	_Static_assert(sizeof list / sizeof *list <= ALLOWED_MAX, "the program has room for the list");
	for (size_t i = 0; i < sizeof list / sizeof *list; i++)
		n += allow(f + n, &list[i]);
	return n;
}

static unsigned
filter_calls(int fd)
{
	struct sock_filter code[4 + FORBIDDEN_MAX * 5 + ALLOWED_MAX * 6 + 1] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	};
	size_t n = 4;
	n += forbid_code(code + n);
	n += allow_calls(code + n, fd);
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
	const struct sock_fprog program = { (unsigned short)n, code };
	if (ARCHITECTURE == 0 || syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0)
		return LACK_SECCOMP;
	return 0;
}

unsigned
confine(int fd, unsigned cpu_s)
{
	const rlim_t taken = space_taken();	/* while there are files */
	unsigned lack = 0;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		lack |= LACK_PRIVILEGES;
	lack |= leave_files();	/* before the limits: it opens one for a moment */
	lack |= set_limits(cpu_s, taken);
	return lack | filter_calls(fd);
}

void
confine_name(unsigned lack, struct buf *out)
{
	static const struct { unsigned bit; const char *name; } names[] = {
		{ LACK_LIMITS, "resource limits" }, { LACK_PRIVILEGES, "no_new_privs" }, { LACK_LANDLOCK, "Landlock" },
		{ LACK_SECCOMP, "seccomp" },
	};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if ((lack & names[i].bit) != 0)
			buf_fmt(out, "%s%s", out->len > 0 ? ", " : "", names[i].name);
}
