/* SPDX-License-Identifier: Apache-2.0 */
#include "cage/ring.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/buf.h"

enum { CONTROL_BYTES = 1 << 16, FILE_BYTES = CONTROL_BYTES + 2 * RING_BYTES };

_Static_assert(sizeof(struct ring_control) <= CONTROL_BYTES, "the control block has its own pages");

int
rings_file(struct error *err)
{
	int fd = memfd_create("vigie-cage", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd != -1 && ftruncate(fd, FILE_BYTES) == 0 &&
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0)
		return fd;
	(void)error_errno(err, ERROR_SYSTEM, "making shared memory for a cage");
	if (fd != -1)
		(void)close(fd);
	return -1;
}

static char *
map_twice(int fd, off_t offset)
{
	const int prot = PROT_READ | PROT_WRITE;
	char *p = mmap(NULL, 2 * (size_t)RING_BYTES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return NULL;
	if (mmap(p, RING_BYTES, prot, MAP_SHARED | MAP_FIXED, fd, offset) != MAP_FAILED &&
	    mmap(p + RING_BYTES, RING_BYTES, prot, MAP_SHARED | MAP_FIXED, fd, offset) != MAP_FAILED)
		return p;
	(void)munmap(p, 2 * (size_t)RING_BYTES);
	return NULL;
}

int
rings_map(struct rings *r, int fd, struct error *err)
{
	*r = (struct rings){ .control = NULL };
	void *control = mmap(NULL, CONTROL_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (control != MAP_FAILED) {
		r->control = control;
		r->down = (struct ring){ .data = map_twice(fd, CONTROL_BYTES), .ends = &r->control->down };
		r->up = (struct ring){ .data = map_twice(fd, CONTROL_BYTES + RING_BYTES), .ends = &r->control->up };
	}
	if (r->down.data != NULL && r->up.data != NULL)
		return 0;
	rings_unmap(r);
	return error_errno(err, ERROR_SYSTEM, "mapping the shared memory of a cage");
}

void
rings_unmap(struct rings *r)
{
	if (r->down.data != NULL)
		(void)munmap(r->down.data, 2 * (size_t)RING_BYTES);
	if (r->up.data != NULL)
		(void)munmap(r->up.data, 2 * (size_t)RING_BYTES);
	if (r->control != NULL)
		(void)munmap(r->control, CONTROL_BYTES);
	*r = (struct rings){ .control = NULL };
}

size_t
ring_room(const struct ring *r)
{
	uint64_t used = r->own - atomic_load_explicit(&r->ends->tail, memory_order_acquire);
	return used <= RING_BYTES ? RING_BYTES - (size_t)used : RING_BROKEN;
}

size_t
ring_ready(const struct ring *r)
{
	uint64_t ready = atomic_load_explicit(&r->ends->head, memory_order_acquire) - r->own;
	return ready <= RING_BYTES ? (size_t)ready : RING_BROKEN;
}

char *
ring_place(const struct ring *r)
{
	return r->data + r->own % RING_BYTES;
}

void
ring_written(struct ring *r, size_t n)
{
	r->own += n;
	atomic_store_explicit(&r->ends->head, r->own, memory_order_release);
}

void
ring_read(struct ring *r, size_t n)
{
	r->own += n;
	atomic_store_explicit(&r->ends->tail, r->own, memory_order_release);
}
