#pragma once

/// DTLS 1.2 with use_srtp, by OpenSSL, without sockets or clocks: datagrams in, datagrams out.

#include <stddef.h>
#include <stdint.h>

/// Settings and a certificate shared by many endpoints. Used by one thread at a time.
typedef struct cd_context cd_context;

/// One end of one association.
typedef struct cd_endpoint cd_endpoint;

typedef enum : int32_t {
    cd_state_handshaking = 0,
    cd_state_established = 1,
    /// The remote end sent close_notify or a fatal alert after the handshake.
    cd_state_closed = 2,
    cd_state_failed = 3,
    /// The remote certificate is not the one expected.
    cd_state_mismatch = 4,
} cd_state;

/// `profiles`: OpenSSL's names of SRTP profiles, separated by colons, best first. With `has_certificate` a self-signed
/// ECDSA P-256 certificate is made and its SHA-256 written to `fingerprint` (32 bytes). NULL when OpenSSL refuses.
cd_context *cd_context_new(const char *profiles, int has_certificate, uint8_t *fingerprint);
/// The same with another process's certificate and key, as `cd_context_identity` gave them.
cd_context *cd_context_with(const char *profiles, const uint8_t *identity, size_t count, uint8_t *fingerprint);
/// Writes the certificate and its private key; how many bytes, 0 when there is none or they do not fit.
size_t cd_context_identity(const cd_context *context, uint8_t *bytes, size_t capacity);
void cd_context_free(cd_context *context);

/// `mtu`: bytes of the longest datagram to send. `expected`: 32 bytes, SHA-256 of the remote certificate; NULL takes
/// any certificate. `timer_us`: first retransmission time of OpenSSL's own timer, 0 to leave it out of use.
cd_endpoint *cd_endpoint_new(cd_context *context, int is_server, uint32_t mtu, const uint8_t *expected,
    uint32_t timer_us);
void cd_endpoint_free(cd_endpoint *endpoint);

/// Takes one datagram in; none (`count` 0) starts a client.
cd_state cd_endpoint_receive(cd_endpoint *endpoint, const void *bytes, size_t count);
/// Microseconds until OpenSSL's own timer fires, or -1 when none runs.
int64_t cd_endpoint_timer(const cd_endpoint *endpoint);
/// Lets OpenSSL's own timer retransmit if it is due.
cd_state cd_endpoint_handle_timer(cd_endpoint *endpoint);
/// Writes close_notify when the handshake is complete.
void cd_endpoint_close(cd_endpoint *endpoint);

/// From now on application data is kept for `cd_endpoint_data`, and the endpoint cannot be retired. 1 for success.
int cd_endpoint_keep_data(cd_endpoint *endpoint);
/// The oldest record of application data that came with the last datagram, valid until the next call on this endpoint; its
/// size, or 0 for none.
size_t cd_endpoint_data(cd_endpoint *endpoint, const uint8_t **bytes);
/// Writes one record of application data. After the handshake.
void cd_endpoint_send(cd_endpoint *endpoint, const void *bytes, size_t count);

/// The oldest datagram that waits to be sent, valid until the next call on this endpoint; its size, or 0 for none.
size_t cd_endpoint_peek(const cd_endpoint *endpoint, const uint8_t **bytes);
void cd_endpoint_pop(cd_endpoint *endpoint);
/// Datagrams written since the endpoint was made.
uint32_t cd_endpoint_written(const cd_endpoint *endpoint);
/// Datagrams that had no room to wait, since the last call.
uint32_t cd_endpoint_take_dropped(cd_endpoint *endpoint);
/// Gives back what only the handshake needed.
void cd_endpoint_shrink(cd_endpoint *endpoint);

/// After the handshake: frees OpenSSL's part (40 KiB) and keeps what close_notify needs. From then on repeated handshake
/// messages are not answered and keys cannot be exported. 1 for success.
int cd_endpoint_retire(cd_endpoint *endpoint);

/// Returns pages that freed endpoints left in the C library's heap to the kernel. Walks the heap: seldom.
void cd_give_back_memory(void);

/// After the handshake: the IANA number of the SRTP profile, or 0.
uint16_t cd_endpoint_profile(const cd_endpoint *endpoint);
/// RFC 5764 §4.2: `count` bytes of client key, server key, client salt, server salt. 1 for success.
int cd_endpoint_export(cd_endpoint *endpoint, uint8_t *bytes, size_t count);
