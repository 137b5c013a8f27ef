#include "CAllocations.h"

#include <errno.h>
#include <stddef.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define OTHER_ALLOCATOR 1
#endif
#endif
#if !defined(__GLIBC__)
#define OTHER_ALLOCATOR 1
#endif

// initial-exec: read by one instruction, and never itself allocated by a call of malloc.
static __thread uint64_t count __attribute__((tls_model("initial-exec")));
static __thread bool is_counting __attribute__((tls_model("initial-exec")));

void cp_count_allocations(bool on) {
    is_counting = on;
    if (on) count = 0;
}

uint64_t cp_allocations(void) { return count; }

#ifdef OTHER_ALLOCATOR

bool cp_counts_allocations(void) { return false; }

#else

bool cp_counts_allocations(void) { return true; }

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

static inline void note(void) {
    if (is_counting) count++;
}

void *malloc(size_t bytes) {
    note();
    return __libc_malloc(bytes);
}

void *calloc(size_t elements, size_t bytes) {
    note();
    return __libc_calloc(elements, bytes);
}

void *realloc(void *memory, size_t bytes) {
    note();
    return __libc_realloc(memory, bytes);
}

void *memalign(size_t alignment, size_t bytes) {
    note();
    return __libc_memalign(alignment, bytes);
}

void *aligned_alloc(size_t alignment, size_t bytes) {
    note();
    return __libc_memalign(alignment, bytes);
}

int posix_memalign(void **memory, size_t alignment, size_t bytes) {
    note();
    if (alignment % sizeof(void *) != 0 || alignment == 0 || (alignment & (alignment - 1)) != 0) return EINVAL;
    int before = errno;
    void *taken = __libc_memalign(alignment, bytes);
    errno = before;
    if (taken == NULL) return ENOMEM;
    *memory = taken;
    return 0;
}

#endif
