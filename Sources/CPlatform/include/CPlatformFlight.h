#pragma once

/// The head of a shard's flight record, which lies before its ring in memory and in a file. Here, because a signal
/// handler writes it out, and Swift fills it in. See docs/flight-recorder.md for the format.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Bytes of head, ring blocks and images begin at multiples of a page.
#define CP_FLIGHT_HEAD_BYTES 32768
#define CP_FLIGHT_BLOCK_BYTES 65536
#define CP_FLIGHT_BIRTH_BYTES 24576
#define CP_FLIGHT_CONFIGURATION_BYTES 1024
#define CP_FLIGHT_VERSION 1

/// One copy of a shard's tables.
struct cp_flight_image {
    /// Counts the images; 0 while it is empty or being written.
    uint64_t number;
    /// Where in the log what happened after it begins.
    uint64_t position;
    uint64_t now_nanoseconds;
    uint64_t bytes;
};

enum cp_flight_reason {
    CP_FLIGHT_REQUEST = 1,
    CP_FLIGHT_STALL = 2,
    CP_FLIGHT_CRASH = 3,
};

struct cp_flight {
    char magic[8];
    uint32_t version;
    uint32_t head_bytes;
    uint64_t ring_bytes;
    /// Room for one image; there are two, behind the ring.
    uint64_t image_bytes;
    /// Differs between builds whose tables differ.
    uint64_t layout;
    uint32_t shard;
    uint32_t shard_count;

    /// Where the shard is now: for a report.
    uint32_t phase;
    uint32_t peer;
    uint32_t producer;
    uint32_t consumer;
    uint64_t burst;
    uint64_t now_nanoseconds;

    /// The log's bytes before the block that is being written.
    uint64_t block_position;
    /// Where the next record goes, and where its block ends: addresses in the process that wrote it.
    uint64_t cursor;
    uint64_t block_end;
    /// Address of the ring, there.
    uint64_t ring;

    struct cp_flight_image images[2];

    uint64_t arena_base;
    uint64_t arena_bytes;

    // Filled in when it is written to a file.
    uint32_t reason;
    uint32_t signal;
    int64_t unix_seconds;
    char build[64];
    char note[256];

    uint32_t configuration_bytes;
    uint32_t birth_bytes;
    _Alignas(16) uint8_t configuration[CP_FLIGHT_CONFIGURATION_BYTES];
    /// The engine as it was made: what differs from this later is its state.
    _Alignas(16) uint8_t birth[CP_FLIGHT_BIRTH_BYTES];
};

_Static_assert(sizeof(struct cp_flight) <= CP_FLIGHT_HEAD_BYTES, "the head has room");

/// Room for a record: head, ring and two images, zeroed, without memory until touched. NULL when the kernel refuses.
struct cp_flight *cp_flight_make(uint32_t shard, uint32_t shard_count, uint64_t ring_bytes, uint64_t image_bytes);
void cp_flight_free(struct cp_flight *flight);

static inline uint8_t *cp_flight_ring(struct cp_flight *flight) { return (uint8_t *)flight + CP_FLIGHT_HEAD_BYTES; }
static inline uint8_t *cp_flight_image_memory(struct cp_flight *flight, int place) {
    return cp_flight_ring(flight) + flight->ring_bytes + (uint64_t)place * flight->image_bytes;
}
static inline struct cp_flight_image *cp_flight_image_at(struct cp_flight *flight, int place) {
    return &flight->images[place & 1];
}
static inline uint8_t *cp_flight_configuration(struct cp_flight *flight) { return flight->configuration; }
static inline uint8_t *cp_flight_birth(struct cp_flight *flight) { return flight->birth; }
static inline size_t cp_flight_birth_offset(void) { return offsetof(struct cp_flight, birth); }

/// Ends the present block of the ring and begins the next.
__attribute__((swift_attr("@_noLocks"))) void cp_flight_next_block(struct cp_flight *flight);

/// Writes a record to a file, while its shard goes on or from a signal handler: nothing is allocated or locked. 0 or an errno.
int cp_flight_write(
    int descriptor, const struct cp_flight *flight, uint32_t reason, uint32_t signal, int64_t unix_seconds,
    const char *note);
