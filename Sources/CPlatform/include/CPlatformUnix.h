#pragma once

/// Descriptors that travel through a Unix socket (unix(7), SCM_RIGHTS).

#include <stddef.h>
#include <stdint.h>

/// Descriptors of one message.
#define CP_PASSED_MAX 64

/// Sends bytes, and with the first of them `count` descriptors. How many bytes were taken, or a negative errno.
int64_t cp_pass(int socket, const void *bytes, size_t byte_count, const int *descriptors, int count);
/// Receives bytes and descriptors that came with them, which are closed on exec. 0 when the other end has gone, or a negative
/// errno. `descriptors` holds CP_PASSED_MAX.
int64_t cp_take_passed(int socket, void *bytes, size_t capacity, int *descriptors, int *count);
