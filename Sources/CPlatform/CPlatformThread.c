#define _GNU_SOURCE
#include "CPlatformThread.h"

#include <errno.h>
#include <linux/mempolicy.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

// Room for more processors than CPU_SETSIZE: the kernel refuses a mask smaller than its own.
enum { CPUS_MAX = 8192 };

typedef struct {
    unsigned long words[CPUS_MAX / (8 * sizeof(unsigned long))];
} cpu_mask;

static int get_mask(cpu_mask *mask) {
    memset(mask, 0, sizeof *mask);
    return sched_getaffinity(0, sizeof *mask, (cpu_set_t *)mask) == 0 ? 0 : errno;
}

int cp_pin_to_cpu(int cpu) {
    if (cpu < 0 || cpu >= CPUS_MAX) return EINVAL;
    cpu_mask mask;
    memset(&mask, 0, sizeof mask);
    CPU_SET_S((size_t)cpu, sizeof mask, (cpu_set_t *)&mask);
    return sched_setaffinity(0, sizeof mask, (cpu_set_t *)&mask) == 0 ? 0 : errno;
}

int cp_allowed_cpus(int *cpus, int capacity) {
    cpu_mask mask;
    int error = get_mask(&mask);
    if (error != 0) return -error;
    int found = 0;
    for (int cpu = 0; cpu < CPUS_MAX; cpu++) {
        if (!CPU_ISSET_S((size_t)cpu, sizeof mask, (cpu_set_t *)&mask)) continue;
        if (found < capacity) cpus[found] = cpu;
        found++;
    }
    return found;
}

int cp_use_cpus(const int *cpus, int count) {
    cpu_mask mask;
    memset(&mask, 0, sizeof mask);
    for (int index = 0; index < count; index++) {
        if (cpus[index] >= 0 && cpus[index] < CPUS_MAX) CPU_SET_S((size_t)cpus[index], sizeof mask, (cpu_set_t *)&mask);
    }
    return sched_setaffinity(0, sizeof mask, (cpu_set_t *)&mask) == 0 ? 0 : errno;
}

int cp_run_first(void) {
    struct sched_param parameters = {.sched_priority = sched_get_priority_min(SCHED_FIFO)};
    return sched_setscheduler(0, SCHED_FIFO, &parameters) == 0 ? 0 : errno;
}

int cp_run_as_others(void) {
    struct sched_param parameters = {.sched_priority = 0};
    return sched_setscheduler(0, SCHED_OTHER, &parameters) == 0 ? 0 : errno;
}

int cp_exclude_cpus(const int *cpus, int count) {
    cpu_mask mask;
    int error = get_mask(&mask);
    if (error != 0) return error;
    for (int index = 0; index < count; index++) {
        if (cpus[index] >= 0 && cpus[index] < CPUS_MAX) CPU_CLR_S((size_t)cpus[index], sizeof mask, (cpu_set_t *)&mask);
    }
    if (CPU_COUNT_S(sizeof mask, (cpu_set_t *)&mask) == 0) return EINVAL;
    return sched_setaffinity(0, sizeof mask, (cpu_set_t *)&mask) == 0 ? 0 : errno;
}

uint64_t cp_thread_cpu_nanoseconds(void) {
    struct timespec used;
    if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used) != 0) return 0;
    return (uint64_t)used.tv_sec * 1000000000u + (uint64_t)used.tv_nsec;
}

int cp_numa_node(int cpu) {
    for (int node = 0; node < 1024; node++) {
        char path[96];
        snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%d/node%d", cpu, node);
        if (access(path, F_OK) == 0) return node;
    }
    return -1;
}

int cp_prefer_local_memory(void) {
    return syscall(SYS_set_mempolicy, MPOL_LOCAL, NULL, 0) == 0 ? 0 : errno;
}

int cp_name_thread(const char *name) { return prctl(PR_SET_NAME, name, 0, 0, 0) == 0 ? 0 : errno; }

int cp_lock_memory(void *start, size_t byte_count) { return mlock(start, byte_count) == 0 ? 0 : errno; }

uint64_t cp_lockable_bytes(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_MEMLOCK, &limit) != 0) return 0;
    return limit.rlim_cur == RLIM_INFINITY ? UINT64_MAX : (uint64_t)limit.rlim_cur;
}

size_t cp_page_bytes(void) { return (size_t)sysconf(_SC_PAGESIZE); }

static size_t memory_info(const char *key) {
    FILE *file = fopen("/proc/meminfo", "re");
    if (file == NULL) return 0;
    char line[128];
    unsigned long value = 0;
    size_t length = strlen(key);
    while (fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, key, length) == 0 && sscanf(line + length, " %lu", &value) == 1) break;
    }
    fclose(file);
    return value;
}

size_t cp_huge_page_bytes(void) { return memory_info("Hugepagesize:") * 1024; }

size_t cp_huge_pages_free(void) { return memory_info("HugePages_Free:"); }

int cp_transparent_huge_pages(void) {
    FILE *file = fopen("/sys/kernel/mm/transparent_hugepage/enabled", "re");
    if (file == NULL) return -1;
    char line[128] = "";
    char *read = fgets(line, sizeof line, file);
    fclose(file);
    if (read == NULL) return -1;
    if (strstr(line, "[always]") != NULL) return 2;
    if (strstr(line, "[madvise]") != NULL) return 1;
    return strstr(line, "[never]") != NULL ? 0 : -1;
}

int cp_spawn(uint64_t *thread, size_t stack_bytes, void *(*entry)(void *), void *argument) {
    pthread_attr_t attributes;
    int error = pthread_attr_init(&attributes);
    if (error != 0) return error;
    if (stack_bytes > 0) error = pthread_attr_setstacksize(&attributes, stack_bytes);
    pthread_t started = 0;
    if (error == 0) error = pthread_create(&started, &attributes, entry, argument);
    pthread_attr_destroy(&attributes);
    if (error == 0) *thread = (uint64_t)started;
    return error;
}

int cp_join(uint64_t thread) { return pthread_join((pthread_t)thread, NULL); }
