#pragma once

/// What is said and written when a trap or another fatal signal ends the process.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cp_flight;

/// From here on SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGFPE and SIGABRT write a report to the error output and to a file in
/// `folder`, with the flight records of all shards beside it; then the process ends by that signal. `build` names the
/// build in the report. 0 or an errno. An empty folder: the report goes to the error output alone.
int cp_crash_install(const char *folder, const char *build);

/// Gives the calling thread a stack for the handler, so that an overflow of its own is reported too.
/// `role` says what the thread is, in place of its name; NULL for the name. 0 or an errno.
int cp_crash_thread(const char *role, struct cp_flight *flight);
/// The calling thread ends: its record and its stack are no longer there.
void cp_crash_thread_ends(void);
