#pragma once

/// SCTP over whatever carries packets (RFC 8261: over DTLS), by usrsctp, without threads, sockets or clocks of its own. One
/// thread at a time uses all of it, in the whole process.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct cs_association cs_association;

/// Carries one packet to the other end. It may lose it; it must not call back into this library.
typedef void (*cs_output)(void *owner, const void *bytes, size_t count);

typedef enum : int32_t {
    /// Nothing is there now.
    cs_nothing = 0,
    /// A whole message was read.
    cs_message = 1,
    /// A message was longer than the buffer; it is gone.
    cs_too_long = 2,
    /// The association stands.
    cs_up = 3,
    /// It has ended, or never stood.
    cs_down = 4,
    /// The other end has closed its direction of `stream`.
    cs_reset = 5,
} cs_kind;

struct cs_event {
    cs_kind kind;
    uint16_t stream;
    bool is_unordered;
    /// In host order.
    uint32_t protocol;
    uint32_t byte_count;
};

/// How a message is to arrive (RFC 8832 §5.1).
struct cs_delivery {
    bool is_unordered;
    /// Given up after `limit` retransmissions, or after `limit` milliseconds.
    bool limits_retransmissions;
    bool limits_lifetime;
    uint32_t limit;
};

/// Streams in each direction.
enum { cs_streams = 128 };

/// Begins an association with both ends calling (RFC 8832 §3: either side may). Packets are `packet_bytes` at most,
/// `buffer_bytes` wait in either direction. NULL when there is no memory.
cs_association *cs_open(void *owner, cs_output output, uint16_t local_port, uint16_t remote_port, uint32_t packet_bytes,
    uint32_t buffer_bytes);
/// Sends ABORT if there is somebody to tell, and forgets the association.
void cs_close(cs_association *association);
/// Takes in a packet of the other end.
void cs_receive(cs_association *association, const void *bytes, size_t count);
/// Lets so much time pass, for all associations of the process.
void cs_advance(uint32_t milliseconds);

/// Whether there may be something to read, or room to send, since the last call.
bool cs_take_word(cs_association *association);
/// Reads what came next.
struct cs_event cs_read(cs_association *association, void *bytes, size_t capacity);
/// 0, EWOULDBLOCK when too much waits to be sent, or another errno.
int cs_send(cs_association *association, uint16_t stream, uint32_t protocol, const void *bytes, size_t count,
    struct cs_delivery delivery);
/// Closes our direction of a stream (RFC 6525).
int cs_reset_stream(cs_association *association, uint16_t stream);
