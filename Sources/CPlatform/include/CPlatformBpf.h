#pragma once

/// The few bpf(2) commands that steering needs. No libbpf, no compiler: programs come as arrays of instructions.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Each returns a descriptor or 0, or a negative errno.
int cp_bpf_hash_map(uint32_t key_bytes, uint32_t value_bytes, uint32_t capacity);
int cp_bpf_socket_array(uint32_t capacity);
int cp_bpf_update(int map, const void *key, const void *value)
    __attribute__((swift_attr("@_noLocks")));
int cp_bpf_remove(int map, const void *key) __attribute__((swift_attr("@_noLocks")));
/// Reads the value of a key; for tests and diagnosis.
int cp_bpf_lookup(int map, const void *key, void *value);
/// Loads an SK_REUSEPORT program of `count` 8-byte instructions. What the verifier says goes to `log`.
int cp_bpf_load(const uint64_t *instructions, uint32_t count, char *log, uint32_t log_bytes);
int cp_bpf_attach(int socket, int program);

/// An array of `capacity` values that this process sees at `memory`, as the kernel writes them. `value_bytes` is a multiple of 8.
int cp_bpf_shared_array(uint32_t value_bytes, uint32_t capacity, void **memory);
/// A program for `cp_bpf_filter_attach`, loaded like cp_bpf_load's. It returns how much of a datagram to keep, counted from the UDP
/// header.
int cp_bpf_load_filter(const uint64_t *instructions, uint32_t count, char *log, uint32_t log_bytes);
int cp_bpf_filter_attach(int socket, int program);

/// A classic filter of `count` 8-byte instructions for the socket's SO_REUSEPORT group.
int cp_classic_attach(int socket, const uint64_t *instructions, uint16_t count);
/// Takes a group's filter, of either kind, away again.
int cp_detach(int socket);
