#define _GNU_SOURCE
#include "CPlatformFlight.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct cp_flight *cp_flight_make(uint32_t shard, uint32_t shard_count, uint64_t ring_bytes, uint64_t image_bytes) {
    uint64_t ring = (ring_bytes + CP_FLIGHT_BLOCK_BYTES - 1) / CP_FLIGHT_BLOCK_BYTES * CP_FLIGHT_BLOCK_BYTES;
    uint64_t image = (image_bytes + 4095) / 4096 * 4096;
    size_t bytes = CP_FLIGHT_HEAD_BYTES + ring + 2 * image;
    void *place = mmap(
        NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (place == MAP_FAILED) return NULL;
    struct cp_flight *flight = place;
    memcpy(flight->magic, "MRFLIGHT", 8);
    flight->version = CP_FLIGHT_VERSION;
    flight->head_bytes = CP_FLIGHT_HEAD_BYTES;
    flight->ring_bytes = ring;
    flight->image_bytes = image;
    flight->shard = shard;
    flight->shard_count = shard_count;
    flight->ring = (uint64_t)(uintptr_t)cp_flight_ring(flight);
    // So that the first block begins at position 0.
    flight->block_position = (uint64_t)0 - CP_FLIGHT_BLOCK_BYTES;
    flight->peer = flight->producer = flight->consumer = UINT32_MAX;
    cp_flight_next_block(flight);
    return flight;
}

void cp_flight_free(struct cp_flight *flight) {
    munmap(flight, CP_FLIGHT_HEAD_BYTES + flight->ring_bytes + 2 * flight->image_bytes);
}

void cp_flight_next_block(struct cp_flight *flight) {
    uint64_t position = flight->block_position + CP_FLIGHT_BLOCK_BYTES;
    uint8_t *block = cp_flight_ring(flight) + position % flight->ring_bytes;
    uint64_t *words = (uint64_t *)block;
    // The first word says that what follows is not of the position that was here before.
    words[0] = UINT64_MAX;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    words[1] = 0;
    words[0] = position;
    flight->cursor = (uint64_t)(uintptr_t)(words + 1);
    flight->block_end = (uint64_t)(uintptr_t)(block + CP_FLIGHT_BLOCK_BYTES);
    flight->block_position = position;
}

static int write_all(int descriptor, const uint8_t *bytes, uint64_t count) {
    while (count > 0) {
        ssize_t written = write(descriptor, bytes, count < (1 << 20) ? count : (1 << 20));
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return written < 0 ? errno : EIO;
        bytes += written;
        count -= (uint64_t)written;
    }
    return 0;
}

int cp_flight_write(
    int descriptor, const struct cp_flight *flight, uint32_t reason, uint32_t signal, int64_t unix_seconds,
    const char *note) {
    // The head as it is now; the log behind it may be a little newer, which its blocks say themselves.
    struct cp_flight head;
    memcpy(&head, flight, sizeof head);
    head.reason = reason;
    head.signal = signal;
    head.unix_seconds = unix_seconds;
    strncpy(head.note, note, sizeof head.note - 1);
    static const uint8_t zeros[256];
    int error = write_all(descriptor, (const uint8_t *)&head, sizeof head);
    for (size_t left = CP_FLIGHT_HEAD_BYTES - sizeof head; error == 0 && left > 0;) {
        size_t part = left < sizeof zeros ? left : sizeof zeros;
        error = write_all(descriptor, zeros, part);
        left -= part;
    }
    uint64_t used = head.block_position + CP_FLIGHT_BLOCK_BYTES;
    if (used > head.ring_bytes) used = head.ring_bytes;
    const uint8_t *ring = (const uint8_t *)flight + CP_FLIGHT_HEAD_BYTES;
    if (error == 0) error = write_all(descriptor, ring, used);
    for (int place = 0; place < 2 && error == 0; place++) {
        if (head.images[place].number == 0) continue;
        error = write_all(descriptor, ring + head.ring_bytes + (uint64_t)place * head.image_bytes, head.images[place].bytes);
    }
    return error;
}
