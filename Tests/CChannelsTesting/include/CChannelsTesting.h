#pragma once

#include <stdint.h>

/// From now on gettimeofday says this on this thread: usrsctp asks it how long ago a packet was sent, and its timers run in
/// the time of the test. 0: the true time.
void ct_set_time(uint64_t nanoseconds);
