#include "CChannelsTesting.h"

#include <sys/time.h>
#include <time.h>

static _Thread_local uint64_t told;

void ct_set_time(uint64_t nanoseconds) { told = nanoseconds; }

/// Stands in front of the C library's for every library of the process.
int gettimeofday(struct timeval *restrict time, void *restrict zone) {
    (void)zone;
    uint64_t now = told;
    if (now == 0) {
        struct timespec real;
        clock_gettime(CLOCK_REALTIME, &real);
        now = (uint64_t)real.tv_sec * 1000000000u + (uint64_t)real.tv_nsec;
    }
    time->tv_sec = (time_t)(now / 1000000000u);
    time->tv_usec = (suseconds_t)(now % 1000000000u / 1000u);
    return 0;
}
