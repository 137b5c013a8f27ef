#pragma once

/// What Swift's Glibc module does not export of Linux.

#include <stdint.h>
#include <sys/eventfd.h>

#include "CPlatformBpf.h"
#include "CPlatformCrash.h"
#include "CPlatformDatagram.h"
#include "CPlatformFlight.h"
#include "CPlatformTcp.h"
#include "CPlatformThread.h"
#include "CPlatformUnix.h"

/// Brings `bytes` from `address` on into the cache, without waiting and without ever faulting.
__attribute__((swift_attr("@_noLocks"))) static inline void cp_prefetch(const void *address, uintptr_t bytes) {
    const char *line = (const char *)((uintptr_t)address & ~(uintptr_t)63);
    for (const char *end = (const char *)address + bytes; line < end; line += 64) __builtin_prefetch(line);
}

/// A non-blocking eventfd, or -1.
static inline int cp_eventfd(void) { return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); }
