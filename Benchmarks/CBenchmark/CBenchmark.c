#include "CBenchmark.h"

#if __has_include(<valgrind/callgrind.h>)
#include <valgrind/callgrind.h>

bool cb_is_counting(void) { return RUNNING_ON_VALGRIND != 0; }

void cb_begin(void) {
    CALLGRIND_ZERO_STATS;
    CALLGRIND_START_INSTRUMENTATION;
}

void cb_end(const char *name) {
    CALLGRIND_STOP_INSTRUMENTATION;
    CALLGRIND_DUMP_STATS_AT(name);
}
#else
bool cb_is_counting(void) { return false; }
void cb_begin(void) {}
void cb_end(const char *name) { (void)name; }
#endif
