#pragma once

/// What Swift's Glibc module does not export of Linux.

#include <stdint.h>
#include <sys/eventfd.h>

#include "CPlatformBpf.h"
#include "CPlatformDatagram.h"
#include "CPlatformTcp.h"
#include "CPlatformThread.h"

/// A non-blocking eventfd, or -1.
static inline int cp_eventfd(void) { return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); }
