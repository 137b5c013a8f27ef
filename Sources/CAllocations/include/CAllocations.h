#pragma once

/// Counts calls of malloc and its kin on threads that ask for it, by standing in front of the C library's allocator.
/// Costs a test of a thread-local flag per call. Under AddressSanitizer and ThreadSanitizer, which bring allocators of
/// their own, nothing is counted.

#include <stdbool.h>
#include <stdint.h>

/// Starts or stops counting on the calling thread. Starting sets its count to 0.
void cp_count_allocations(bool on) __attribute__((swift_attr("@_noLocks")));
/// Calls counted on the calling thread.
uint64_t cp_allocations(void) __attribute__((swift_attr("@_noLocks")));
/// Whether this build counts at all.
bool cp_counts_allocations(void);
