#pragma once

/// Threads, processors and memory policy.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Pins the calling thread to one processor. 0 or an errno.
int cp_pin_to_cpu(int cpu);

/// Writes the processors that the calling thread may use, in ascending order, and returns how many there are (which may
/// be more than `capacity`), or a negative errno.
int cp_allowed_cpus(int *cpus, int capacity);
/// Lets the calling thread, and those that it starts, use these processors and no others. 0 or an errno.
int cp_use_cpus(const int *cpus, int count);

/// Takes processors away from the calling thread's mask, so that threads it starts later stay off them. Processors that
/// are not in the mask are ignored; EINVAL when none would be left. 0 or an errno.
int cp_exclude_cpus(const int *cpus, int count);

/// Lets the calling thread run before all others of its processor (SCHED_FIFO, lowest priority). 0 or an errno.
int cp_run_first(void);
/// The calling thread is one among others again. 0 or an errno.
int cp_run_as_others(void);

/// CPU time that the calling thread has used, in nanoseconds.
uint64_t cp_thread_cpu_nanoseconds(void);

/// The NUMA node of a processor, or -1 when the kernel does not say.
int cp_numa_node(int cpu);

/// Asks for memory that this thread touches first to come from its own node (MPOL_LOCAL). 0 or an errno.
int cp_prefer_local_memory(void);

/// Names the calling thread; the kernel keeps 15 bytes. 0 or an errno.
int cp_name_thread(const char *name);

/// Locks pages into memory. 0 or an errno (ENOMEM and EPERM mean that RLIMIT_MEMLOCK is too low).
int cp_lock_memory(void *start, size_t byte_count);

/// RLIMIT_MEMLOCK in bytes; UINT64_MAX when there is no limit.
uint64_t cp_lockable_bytes(void);

size_t cp_page_bytes(void);
/// The default huge page's size in bytes, or 0 when the kernel has none.
size_t cp_huge_page_bytes(void);
/// Huge pages of the default size that are reserved and not in use.
size_t cp_huge_pages_free(void);
/// Transparent huge pages: 0 never, 1 on request (madvise), 2 always, -1 unknown.
int cp_transparent_huge_pages(void);

/// Starts a thread with a stack of its own size. 0 or an errno; `thread` is then what `cp_join` takes.
int cp_spawn(uint64_t *thread, size_t stack_bytes, void *(*entry)(void *), void *argument);
/// Waits for a thread's end. 0 or an errno.
int cp_join(uint64_t thread);
